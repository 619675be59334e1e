import { Command } from 'commander';
import { retryBuild } from '../../client/retry.ts';
import { withClient } from '../with-client.ts';
import { followStarted, withFollowing, type FollowingOptions } from './build.ts';

export function retryCommand(): Command {
  return withFollowing(
    new Command('retry')
      .description('build again what a build did not finish, from the same commits')
      .argument('<build>', 'id of a build that has ended'),
  )
    .addHelpText('after', help)
    .action(async (id: string, options: FollowingOptions) => {
      await withClient(async (client) => {
        process.exitCode = await followStarted(client, await retryBuild(client, id), options);
      });
    });
}

const help = `
It is a new build with an id of its own, of the same definition and the same commits: images that
the first one has finished are there already and are not built again. A change of the source or of
the definition needs \`slipway build\`.
Exit codes: 0 succeeded, 1 failed, 2 bad input, 3 a service is away, 130 interrupted`;
