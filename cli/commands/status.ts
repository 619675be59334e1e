import { Command } from 'commander';
import { getBuild } from '../../client/get.ts';
import { exitCode } from '../exit.ts';
import { painter } from '../view/format.ts';
import { statusLines } from '../view/status.ts';
import { withClient } from '../with-client.ts';
import { report } from './build.ts';

export function statusCommand(): Command {
  return new Command('status')
    .description('show a build as it is now; exit 1 when it failed or was cancelled')
    .argument('<build>', 'build id, e.g. shop/20261122-233015-k3x9qa')
    .option('--json', 'print the result as one JSON object on stdout')
    .action(async (id: string, options: { readonly json?: boolean }) => {
      await withClient(async (client) => {
        const snapshot = await getBuild(client, id);
        if (!snapshot.closed && options.json !== true) {
          const paint = painter(process.stdout);
          for (const line of statusLines(snapshot, paint)) process.stdout.write(`${line}\n`);
        }
        report(snapshot, options.json === true);
        const { status } = snapshot.result;
        if (status === 'failed' || status === 'cancelled') process.exitCode = exitCode.failed;
      });
    });
}
