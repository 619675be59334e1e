import { Command } from 'commander';
import { cancelBuild } from '../../client/cancel.ts';
import { watchBuild } from '../../client/watch.ts';
import { withClient } from '../with-client.ts';

export function cancelCommand(): Command {
  return new Command('cancel')
    .description('end a build: its Pods are deleted, finished images stay')
    .argument('<build>', 'build id')
    .action(async (id: string) => {
      await withClient(async (client) => {
        await cancelBuild(client, id);
        let status = '';
        for await (const { result } of watchBuild(client, id, { interval: 200 })) {
          status = result.status;
        }
        process.stdout.write(`${id} ${status}\n`);
      });
    });
}
