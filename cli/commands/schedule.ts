import { Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { listSchedules } from '../../client/schedule-list.ts';
import type { ScheduleOverlap, ScheduleRef } from '../../client/schedule-options.ts';
import {
  applySchedules,
  backfillSchedule,
  deleteSchedule,
  pauseSchedule,
  resumeSchedule,
} from '../../client/schedules.ts';
import { startNow, type Triggered } from '../../client/trigger.ts';
import { commandSettings } from '../environment.ts';
import { exitCode, UsageError } from '../exit.ts';
import { painter } from '../view/format.ts';
import { changesText, schedulesText } from '../view/schedules.ts';
import { withClient } from '../with-client.ts';
import { readDefinition } from './definition.ts';

/** `slipway schedule`, with a subcommand for each thing that one does with schedules. */
export function scheduleCommand(): Command {
  return new Command('schedule')
    .description('build an application by the clock: `spec.schedules` as Temporal Schedules')
    .addCommand(applyCommand())
    .addCommand(listCommand())
    .addCommand(pauseCommand())
    .addCommand(resumeCommand())
    .addCommand(triggerCommand())
    .addCommand(backfillCommand())
    .addCommand(deleteCommand());
}

function applyCommand(): Command {
  return new Command('apply')
    .description('create, update and remove schedules, so that they are those of the definition')
    .argument('<file>', 'the definition (slipway/v1), or - for standard input')
    .option('--json', 'print what happened as one JSON object on stdout')
    .addHelpText('after', applyHelp)
    .action(async (file: string, { json }: { readonly json?: boolean }) => {
      const settings = commandSettings(process.env);
      const application = await readDefinition(file, settings, null, 'branch');
      await withClient(async (client) => {
        const { name } = application;
        const schedules = await applySchedules(client, application);
        print(
          json === true
            ? JSON.stringify({ application: name, schedules })
            : changesText(name, schedules, painter(process.stdout)),
        );
      });
    });
}

const applyHelp = `
Applying twice changes nothing; an entry that is gone from the definition is removed. A schedule that
somebody paused stays paused, unless \`paused\` has changed in the definition.
A scheduled build reads the definition again where \`source.definition\` names its path in the
repository; else it builds what was applied. A definition without \`source\` is built from the branch
that its repository has checked out.`;

function listCommand(): Command {
  return new Command('list')
    .description('show schedules with their next start and their last builds')
    .option('--application <name>', 'only those of this application')
    .option('--json', 'print them as one JSON object on stdout')
    .action(async (options: { readonly application?: string; readonly json?: boolean }) => {
      const { application, json } = options;
      await withClient(async (client) => {
        const schedules = await listSchedules(
          client,
          application === undefined ? {} : { application },
        );
        print(
          json === true
            ? JSON.stringify({ schedules })
            : schedulesText(schedules, painter(process.stdout)),
        );
      });
    });
}

interface Reason {
  readonly reason?: string;
}

function pauseCommand(): Command {
  return onSchedule('pause', 'start no more builds until it is resumed')
    .option('--reason <text>', 'why, for whoever looks at the schedule')
    .action(async (ref: ScheduleRef, { reason }: Reason) => {
      await withClient((client) => pauseSchedule(client, ref, reason));
      print(`paused  ${nameOf(ref)}`);
    });
}

function resumeCommand(): Command {
  return onSchedule('resume', 'start builds again; what was missed is not made up for')
    .option('--reason <text>', 'why, for whoever looks at the schedule')
    .action(async (ref: ScheduleRef, { reason }: Reason) => {
      await withClient((client) => resumeSchedule(client, ref, reason));
      print(`resumed  ${nameOf(ref)}`);
    });
}

interface Overlap {
  readonly overlap?: ScheduleOverlap;
}

function triggerCommand(): Command {
  return onSchedule('trigger', 'start a build now, also of a paused schedule; prints its id')
    .addOption(overlapOption('while a build of it runs; default: as the schedule has it'))
    .action(async (ref: ScheduleRef, { overlap }: Overlap) => {
      const triggered = await withClient((client) => startNow(client, ref, overlap));
      if (triggered.kind === 'started') return print(triggered.buildId);
      process.stderr.write(`${nameOf(ref)}: ${withoutBuild(triggered.kind)}\n`);
      process.exitCode = exitCode.failed;
    })
    .addHelpText('after', triggerHelp);
}

const triggerHelp = `
Exit codes: 0 started, 1 nothing was started (the reason is printed), 2 bad input, 3 a service is away`;

/** Why a trigger has no build to name. */
function withoutBuild(kind: Exclude<Triggered['kind'], 'started'>): string {
  switch (kind) {
    case 'skipped':
      return 'nothing was started, because a build of it runs; --overlap allow starts one beside it';
    case 'unknown':
      return 'nothing has started within 5 s; it may still start, after the build that runs. `slipway schedule list` shows its builds';
  }
}

function backfillCommand(): Command {
  return onSchedule('backfill', 'start a build for each time at which it was due')
    .addOption(timeOption('--from <time>', 'the first time that counts'))
    .addOption(timeOption('--to <time>', 'the last time that counts'))
    .addOption(overlapOption('between these builds').default('buffer-all'))
    .addHelpText('after', backfillHelp)
    .action(async (ref: ScheduleRef, options: Overlap & { from: Date; to: Date }) => {
      if (options.from > options.to) throw new UsageError('--from is later than --to');
      await withClient((client) => backfillSchedule(client, ref, options));
      print(`backfilling  ${nameOf(ref)}; \`slipway schedule list\` shows its builds`);
    });
}

const backfillHelp = `
Times are ISO 8601: a date, which is its first moment in UTC, or date and time with a zone, such as
2026-11-01T03:30:00Z or 2026-11-01T03:30:00+01:00. Each build sees the sources as they are now.`;

function deleteCommand(): Command {
  return onSchedule(
    'delete',
    'remove it; builds that run go on, and an apply creates it again',
  ).action(async (ref: ScheduleRef) => {
    await withClient((client) => deleteSchedule(client, ref));
    print(`removed  ${nameOf(ref)}`);
  });
}

function onSchedule(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<schedule>', '<application>/<name>, e.g. shop/nightly', scheduleRef);
}

function scheduleRef(text: string): ScheduleRef {
  const [application = '', name = '', ...rest] = text.split('/');
  if (application !== '' && name !== '' && rest.length === 0) return { application, name };
  throw new InvalidArgumentError('Expected <application>/<name>, e.g. shop/nightly.');
}

function nameOf({ application, name }: ScheduleRef): string {
  return `${application}/${name}`;
}

const overlaps = ['skip', 'buffer-one', 'buffer-all', 'allow', 'cancel-other'] as const;

function overlapOption(description: string): Option {
  return new Option('--overlap <policy>', description).choices(
    overlaps satisfies readonly ScheduleOverlap[],
  );
}

const Time = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

function timeOption(flags: string, description: string): Option {
  return new Option(flags, description).makeOptionMandatory().argParser((text) => {
    const time = Time.safeParse(text);
    if (time.success) return new Date(time.data);
    throw new InvalidArgumentError('Expected a date, or date and time with a zone (ISO 8601).');
  });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
