import type { CheckRule } from './rules.ts';

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values, the first one that of `min`. */
  readonly names: readonly string[];
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const weekdays = 'sun mon tue wed thu fri sat'.split(' ');
const fields: readonly Field[] = [
  { name: 'minute', min: 0, max: 59, names: [] },
  { name: 'hour', min: 0, max: 23, names: [] },
  { name: 'day of month', min: 1, max: 31, names: [] },
  { name: 'month', min: 1, max: 12, names: months },
  // 0 and 7 are both Sunday.
  { name: 'day of week', min: 0, max: 7, names: weekdays },
];

/** February as in a leap year: the 29th comes. */
const longestMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Temporal's cron (its server's `scheduler/calendar.go`), five fields of it: lists of `*`, `a`,
 * `a-b`, each with `/step`. Unlike crontab(5), where one is enough, day of month and day of week
 * must both match. What Temporal reads beyond that (`@every`, `CRON_TZ=`, seconds, years) has
 * fields of its own or no use here.
 */
export const cronExpression: CheckRule = {
  expected:
    'five fields, as in "30 3 * * mon-fri": minute, hour, day of month, month, day of week; each *, a, a-b or a list, with /step',
  problem(text) {
    const words = text.trim().split(/\s+/);
    if (text.trim().startsWith('@')) return `${words[0]} is not five fields`;
    if (/^(?:CRON_)?TZ=/.test(text)) return 'the time zone has a field of its own, `timeZone`';
    if (words.length !== fields.length || text.trim() === '') {
      const count = text.trim() === '' ? 0 : words.length;
      return `it has ${count} ${count === 1 ? 'field' : 'fields'}`;
    }
    const values: ReadonlySet<number>[] = [];
    for (const [index, field] of fields.entries()) {
      const read = readField(words[index]!, field);
      if (typeof read === 'string') return `${field.name}: ${read}`;
      values.push(read);
    }
    const [, , days, inMonths] = values;
    const comes = [...inMonths!].some((month) =>
      [...days!].some((day) => day <= longestMonths[month - 1]!),
    );
    return comes ? null : 'that day never comes';
  },
};

/** `0  3 * * *` → `0 3 * * *`. */
export function normaliseCron(text: string): string {
  return text.trim().split(/\s+/).join(' ');
}

/** The values that a field matches, or what is wrong with it. */
function readField(text: string, field: Field): ReadonlySet<number> | string {
  const { min, max } = field;
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [, whole, first, last, stepText] =
      /^(?:(\*)|([\da-z]+)(?:-([\da-z]+))?)(?:\/(\d{1,2}))?$/i.exec(part) ?? [];
    if (whole === undefined && first === undefined) return `${JSON.stringify(part)} is no value`;
    const start = first === undefined ? min : readValue(first, field);
    const single = stepText === undefined && whole === undefined;
    const end = last === undefined ? (single ? start : max) : readValue(last, field);
    if (start === null || end === null) {
      const names = field.names.length === 0 ? '' : `, ${field.names[0]}–${field.names.at(-1)}`;
      return `${JSON.stringify(part)} is not within ${min}–${max}${names}`;
    }
    if (end < start) return `${part} ends before it begins`;
    const step = Number(stepText ?? 1);
    if (step === 0) return `${part} has a step of 0`;
    for (let value = start; value <= end; value += step) values.add(value);
  }
  return values;
}

function readValue(text: string, { min, max, names }: Field): number | null {
  const name = names.indexOf(text.toLowerCase());
  if (name !== -1) return min + name;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  return value >= min && value <= max ? value : null;
}
