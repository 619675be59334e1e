import { markedProcesses, unrecorded } from './marked.ts';
import { readRecords } from './records.ts';
import { stopProcess } from './stop.ts';

/**
 * Ends what a killed `up` started and could not record: it would hold ports and data files.
 *
 * @param records directory of the instance's process records
 */
export async function stopUnrecorded(records: string, instanceName: string): Promise<void> {
  const recorded = new Set((await readRecords(records)).map((record) => record.identity.pid));
  for (const { identity } of unrecorded(await markedProcesses(instanceName), recorded))
    await stopProcess(identity, 2000);
}
