import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { worker } from '../../../dev/components/worker.ts';
import { describeEnvironment } from '../../../dev/describe-environment.ts';
import { identify } from '../../../dev/process/identity.ts';
import { writeRecord } from '../../../dev/process/records.ts';
import { devSetting } from '../../support/dev-setting.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const queue =
  '/api/v1/namespaces/default/task-queues/slipway?taskQueueType=TASK_QUEUE_TYPE_WORKFLOW';

/** The check of a worker with this process's pid, against a Temporal that knows these pollers. */
async function check(pollers: object, taskQueue?: string): Promise<void> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === queue ? 200 : 404).end(JSON.stringify(pollers));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const setting = devSetting(await temporaryDirectory());
  const { port } = server.address() as AddressInfo;
  const ports = { ...setting.instance.ports, temporalUi: port };
  const instance = { ...setting.instance, ports };
  const environment = describeEnvironment({ ...setting, instance }, [], [], {});
  const identity = await identify(process.pid);
  if (identity === undefined) throw new Error('not found');
  const startedAt = new Date().toISOString();
  const record = { name: 'worker', identity, fingerprint: '', grace: 0, startedAt };
  await writeRecord(setting.paths.processes, record);
  const command = { command: 'node', args: [], environment: {}, fingerprint: '' };
  await worker(taskQueue === undefined ? command : { ...command, taskQueue }, environment).check();
}

test('a worker works when it polls its task queue', async () => {
  const others = { identity: '1@host' };
  const pollers = [others, { identity: `${process.pid}@host` }];
  await expect(check({ pollers }, 'slipway')).resolves.toBeUndefined();
});

test.each([
  ['nobody polls', {}],
  ['somebody else polls', { pollers: [{ identity: '1@host' }, {}] }],
  ['one polls whose pid starts the same way', { pollers: [{ identity: `${process.pid}0@host` }] }],
])('a worker is not ready while %s', async (_, pollers) => {
  await expect(check(pollers, 'slipway')).rejects.toThrow(
    "doesn't poll the task queue slipway yet",
  );
});

test('without a task queue a living process is enough', async () => {
  await expect(check({})).resolves.toBeUndefined();
});
