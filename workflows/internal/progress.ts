import type {
  Attempt,
  BuildStatus,
  ContainerFailure,
  ContainerPhase,
  ContainerResult,
  ContainerStatus,
  ContainerVerdict,
} from '../contract/build.ts';
import type { BuildMode } from '../contract/messages.ts';

/** What the parent knows of a container while it waits for it. */
export interface ContainerState {
  readonly component: string;
  readonly result: ContainerResult;
  /** Milliseconds since the epoch; null before the start, or before the end. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

const icons: Readonly<Record<ContainerStatus, string>> = {
  queued: '⏳',
  running: '🔨',
  parked: '⏸',
  built: '✅',
  unchanged: '♻️',
  existing: '📦',
  failed: '❌',
  cancelled: '🚫',
  skipped: '⏭',
};

// Bytes; leaves room for the head and five failures below the UI's 20 KB.
const rowsLimit = 13_000;

/** The parent's current details in the Temporal UI: Markdown, at most 20 KB. */
export function renderBuildDetails(
  status: BuildStatus,
  containers: readonly ContainerState[],
  { mode = 'build', failure = null }: { mode?: BuildMode; failure?: ContainerFailure | null } = {},
): string {
  const rows = containers.map(({ component, result, startedAt, finishedAt }) =>
    row([
      `${component}/${result.name}`,
      `${icons[result.status]} ${result.status}`,
      cell(changedWhat(result.why), 60),
      result.attempts.at(-1)?.pod ?? '',
      startedAt === null || finishedAt === null ? '' : duration(finishedAt - startedAt),
      shortDigest(result.digest),
    ]),
  );
  const shown = whatFits(rows, rowsLimit);
  const rest = containers.length - shown.length;
  const failures = containers.flatMap(({ component, result }) => failureLines(component, result));
  return [
    `**${mode === 'plan' ? 'plan: ' : ''}${status}** · ${count(containers)}`,
    '',
    row(['container', 'phase', 'why', 'Pod', 'time', 'digest']),
    row(['---', '---', '---', '---', '---', '---']),
    ...shown,
    ...(rest > 0 ? ['', `… and ${rest} more`] : []),
    // A package, the definition: what no container tells of.
    ...(failures.length === 0 && failure !== null ? failureText('the build', failure) : []),
    ...failures.slice(0, 20),
  ].join('\n');
}

/** The child's current details: its phase, why it is built, and every attempt. */
export function renderContainerDetails(
  phase: ContainerPhase,
  pod: string | null,
  result: ContainerResult,
  warnings: readonly string[] = [],
): string {
  const next = phase === 'waiting' ? result.attempts.at(-1)?.next : undefined;
  return [
    `**${icons[result.status]} ${result.status}** · phase \`${phase}\`${pod === null ? '' : ` · Pod \`${pod}\``}${next === undefined ? '' : ` · ${next}`}`,
    ...(result.image === null ? [] : ['', `Image \`${result.image}\``]),
    ...whyLines(result.why),
    ...(result.attempts.length === 0
      ? []
      : [
          '',
          row(['attempt', 'Pod', 'outcome', 'what happened']),
          row(['---', '---', '---', '---']),
          ...result.attempts.map((attempt) =>
            row([
              String(attempt.generation),
              attempt.pod,
              attempt.failureType ?? attempt.outcome,
              cell(whatHappened(attempt), 500),
            ]),
          ),
        ]),
    ...warnings.slice(0, 20).flatMap((warning) => ['', `⚠️ ${cell(warning)}`]),
    ...failureLines('', result),
  ].join('\n');
}

/** `ran out of memory at 512Mi in …; attempt 1 has 1Gi` */
function whatHappened({ reason, next, decision }: Attempt): string {
  if (reason === null) return '';
  const short = reason.length <= 300 ? reason : `${reason.slice(0, 299)}…`;
  return decision === 'retry' ? `${short}; ${next ?? 'another attempt follows'}` : short;
}

function whyLines(why: ContainerVerdict | undefined): readonly string[] {
  if (why === undefined || why.changes.length === 0) return [];
  const lines = why.changes.slice(0, 20).map(({ what, name, from, to }) => {
    const values = from === null && to === null ? '' : `: ${from ?? 'none'} → ${to ?? 'none'}`;
    return `- ${cell(`${named({ what, name })}${values}`)}`;
  });
  return ['', `Why \`${why.verdict}\`:`, ...lines];
}

function changedWhat(why: ContainerVerdict | undefined): string {
  return [...new Set(why?.changes.map(({ what }) => what))].join(', ');
}

function named({ what, name }: { what: string; name: string | undefined }): string {
  return name === undefined ? what : `${what} ${name}`;
}

function failureLines(component: string, { name, failure }: ContainerResult): readonly string[] {
  if (failure === null) return [];
  return failureText(component === '' ? name : `${component}/${name}`, failure);
}

function failureText(where: string, { type, message, hint }: ContainerFailure): readonly string[] {
  return ['', `**${where}: ${type}** ${cell(message)}`, '', `→ ${hint}`];
}

function count(containers: readonly ContainerState[]): string {
  const counts = new Map<ContainerStatus, number>();
  for (const { result } of containers) {
    counts.set(result.status, (counts.get(result.status) ?? 0) + 1);
  }
  return [...counts].map(([status, number]) => `${number} ${status}`).join(', ');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

// A message is one table cell or one line: the pipe and line breaks would end it.
function cell(text: string, limit = 300): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, limit).replaceAll(/[\\|]/g, '\\$&');
}

/** The first lines that have at most `limit` bytes together. */
function whatFits(lines: readonly string[], limit: number): readonly string[] {
  let bytes = 0;
  const end = lines.findIndex((line) => {
    // No UTF-16 unit has more than three bytes in UTF-8.
    bytes += 1 + line.replaceAll(/[^ -~]/g, '***').length;
    return bytes > limit;
  });
  return end === -1 ? lines : lines.slice(0, end);
}

function shortDigest(digest: string | null): string {
  return digest === null ? '' : `\`${digest.slice('sha256:'.length, 'sha256:'.length + 12)}\``;
}

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
