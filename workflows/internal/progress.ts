import type {
  BuildStatus,
  ContainerPhase,
  ContainerResult,
  ContainerStatus,
} from '../contract/build.ts';

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
): string {
  const rows = containers.map(({ component, result, startedAt, finishedAt }) =>
    row([
      `${component}/${result.name}`,
      `${icons[result.status]} ${result.status}`,
      result.attempts.at(-1)?.pod ?? '',
      startedAt === null || finishedAt === null ? '' : duration(finishedAt - startedAt),
      shortDigest(result.digest),
    ]),
  );
  const shown = whatFits(rows, rowsLimit);
  const rest = containers.length - shown.length;
  return [
    `**${status}** · ${count(containers)}`,
    '',
    row(['container', 'phase', 'Pod', 'time', 'digest']),
    row(['---', '---', '---', '---', '---']),
    ...shown,
    ...(rest > 0 ? ['', `… and ${rest} more`] : []),
    ...containers.flatMap(({ component, result }) => failureLines(component, result)).slice(0, 20),
  ].join('\n');
}

/** The child's current details: its phase and every attempt. */
export function renderContainerDetails(
  phase: ContainerPhase,
  pod: string | null,
  result: ContainerResult,
  warnings: readonly string[] = [],
): string {
  return [
    `**${icons[result.status]} ${result.status}** · phase \`${phase}\`${pod === null ? '' : ` · Pod \`${pod}\``}`,
    ...(result.image === null ? [] : ['', `Image \`${result.image}\``]),
    ...(result.attempts.length === 0
      ? []
      : [
          '',
          row(['attempt', 'Pod', 'outcome', 'decision', 'reason']),
          row(['---', '---', '---', '---', '---']),
          ...result.attempts.map((attempt) =>
            row([
              String(attempt.generation),
              attempt.pod,
              attempt.failureType ?? attempt.outcome,
              attempt.decision,
              cell(attempt.reason ?? ''),
            ]),
          ),
        ]),
    ...warnings.slice(0, 20).flatMap((warning) => ['', `⚠️ ${cell(warning)}`]),
    ...failureLines('', result),
  ].join('\n');
}

function failureLines(component: string, { name, failure }: ContainerResult): readonly string[] {
  if (failure === null) return [];
  const where = component === '' ? name : `${component}/${name}`;
  return ['', `**${where}: ${failure.type}** ${cell(failure.message)}`, '', `→ ${failure.hint}`];
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
function cell(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 300).replaceAll(/[\\|]/g, '\\$&');
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
