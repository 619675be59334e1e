import type { ScheduledBuild, ScheduleView } from '../../client/schedule-list.ts';
import type { ScheduleChange } from '../../client/schedules.ts';
import { oneLine } from './foreign-text.ts';
import { styles, type Painter } from './format.ts';

/** What applying did, a line for each schedule. */
export function changesText(
  application: string,
  changes: readonly ScheduleChange[],
  paint: Painter,
): string {
  if (changes.length === 0) return `${application} has no schedules`;
  return changes
    .map(({ name, change }) => {
      const style = change === 'removed' ? 'yellow' : change === 'unchanged' ? 'gray' : 'green';
      return `${paint(style, change.padEnd('unchanged'.length))}  ${application}/${name}`;
    })
    .join('\n');
}

/** Every schedule with its next start and its last builds. */
export function schedulesText(schedules: readonly ScheduleView[], paint: Painter): string {
  if (schedules.length === 0) return 'no schedules';
  return schedules
    .flatMap((schedule) => [
      `${schedule.application}/${schedule.name}  ${stateText(schedule, paint)}`,
      ...schedule.last.map((build) => `  ${buildText(build, paint)}`),
    ])
    .join('\n');
}

function stateText({ paused, note, next, skipped, missed }: ScheduleView, paint: Painter): string {
  const [first] = next;
  const left = [
    ...(skipped === 0 ? [] : [`${skipped} skipped while another build ran`]),
    ...(missed === 0 ? [] : [`${missed} missed while Temporal was away`]),
  ];
  const state = paused
    ? paint('yellow', note === null ? 'paused' : `paused: ${oneLine(note)}`)
    : first === undefined
      ? 'no further start'
      : `next ${timeText(first)}`;
  return [state, ...left].join('; ');
}

function buildText({ status, buildId, scheduledAt }: ScheduledBuild, paint: Painter): string {
  const word = (status ?? 'forgotten').padEnd('succeeded'.length);
  const painted = status === null ? paint('gray', word) : paint(styles[status], word);
  return `${painted}  ${timeText(scheduledAt)}  ${buildId}`;
}

/** To the second, in UTC. */
function timeText(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
