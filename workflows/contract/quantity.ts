/**
 * Kubernetes quantities of bytes (`512Mi`, `1.5G`, `1e9`, `1073741824`), as far as limits need
 * them: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'] as const;
const decimal = ['', 'k', 'M', 'G', 'T', 'P'] as const;
const pattern = /^(\d+(?:\.\d*)?|\.\d+)(?:([eE][-+]?\d+)|(m|[kMGTP]|[KMGTP]i))?$/;

/** In bytes, rounded up; null when the text is no quantity, or one beyond 2^53. */
export function bytesOf(quantity: string): number | null {
  const [, digits, exponent, suffix = ''] = pattern.exec(quantity.trim()) ?? [];
  if (digits === undefined) return null;
  const bytes = Math.ceil(Number(`${digits}${exponent ?? ''}`) * factorOf(suffix));
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/**
 * Twice the limit, or the ceiling where that is less, written in the limit's own kind of unit
 * (`500M` → `1G`, `512Mi` → `1Gi`). Null when there is nothing more to be had: the limit is at the
 * ceiling, or one of the two is no quantity.
 *
 * @param ceiling null for none
 */
export function doubled(limit: string, ceiling: string | null): string | null {
  const bytes = bytesOf(limit);
  const most = ceiling === null ? Number.MAX_SAFE_INTEGER : bytesOf(ceiling);
  if (bytes === null || most === null || bytes === 0 || bytes >= most) return null;
  if (ceiling !== null && bytes * 2 >= most) return ceiling;
  const isDecimal = /[kMGTP]$|[eE][-+]?\d+$/.test(limit.trim());
  return Number.isSafeInteger(bytes * 2) ? format(bytes * 2, isDecimal) : null;
}

/** In the largest unit that leaves a whole number. */
function format(bytes: number, isDecimal: boolean): string {
  const [units, step] = isDecimal ? ([decimal, 1000] as const) : ([binary, 1024] as const);
  let value = bytes;
  let unit = 0;
  while (unit < units.length - 1 && value % step === 0) {
    value /= step;
    unit += 1;
  }
  return `${value}${units[unit]}`;
}

function factorOf(suffix: string): number {
  if (suffix === 'm') return 1 / 1000;
  if (suffix.endsWith('i')) return 1024 ** binary.findIndex((unit) => unit === suffix);
  return 1000 ** decimal.findIndex((unit) => unit === suffix);
}
