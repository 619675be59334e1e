import { Command } from 'commander';
import { planBuild, type Plan } from '../../client/plan.ts';
import { commandSettings } from '../environment.ts';
import { exitCode } from '../exit.ts';
import { painter } from '../view/format.ts';
import { planText } from '../view/plan.ts';
import { withClient } from '../with-client.ts';
import { tellUncommitted } from './build.ts';
import { readDefinition } from './definition.ts';

interface PlanOptions {
  readonly json?: boolean;
  readonly dockerfiles?: boolean;
}

export function planCommand(): Command {
  return new Command('plan')
    .description('say what a build would do, and why: no Pod, no push')
    .argument('<file>', 'the definition (slipway/v1), or - for standard input')
    .option('--json', 'print the plan as one JSON object on stdout')
    .option('--dockerfiles', 'print every rendered Dockerfile as well, with its bases pinned')
    .addHelpText('after', help)
    .action(async (file: string, options: PlanOptions) => {
      const settings = commandSettings(process.env);
      const application = await readDefinition(file, settings);
      await withClient(async (client) => {
        await tellUncommitted(application);
        process.stderr.write(`Planning ${application.name} …\n`);
        const plan = await planBuild(client, application, {
          dockerfiles: options.dockerfiles === true,
        });
        process.stdout.write(
          options.json === true
            ? `${JSON.stringify({ ...plan, dockerfiles: textsOf(plan) })}\n`
            : `${planText(plan, painter(process.stdout))}\n`,
        );
        if (plan.failure !== null) process.exitCode = exitCode.failed;
      });
    });
}

/** A Map is nothing in JSON. */
function textsOf({ dockerfiles }: Plan): Readonly<Record<string, string>> | undefined {
  return dockerfiles === undefined ? undefined : Object.fromEntries(dockerfiles);
}

const help = `
Everything but the builds happens: refs become commits, contexts are packed, Dockerfiles rendered
and pinned, and the registry is asked for an image of the same inputs.
Exit codes: 0 planned, 1 the build would fail (the reason is printed), 2 bad input, 3 a service is away`;
