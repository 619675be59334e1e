/** A value that must not be found where people and programs can read. */
export interface PlantedValue {
  /** What messages call it: they never quote the value. */
  readonly name: string;
  readonly value: string;
}

/** Takes where the text is from; returns one message for each thing that it holds. */
export type Look = (where: string, text: string) => readonly string[];

export interface SecretSearch {
  /** For planted values, plain or encoded. */
  readonly values: Look;
  /** For signatures of presigned URLs as well, whatever store they are for. */
  readonly everything: Look;
}

/** The right to read an object: 64 hex digits of HMAC in a presigned URL's query. */
const signature = /X-Amz-Signature(?:=|%3D)[0-9a-f]{64}/i;

export function secretSearch(planted: readonly PlantedValue[]): SecretSearch {
  const forms = planted.flatMap(({ name, value }) =>
    [...new Set([value, encodeURIComponent(value), ...base64Forms(value)])].map((form) => ({
      name,
      form,
    })),
  );
  const values: Look = (where, text) => {
    const found = forms.filter(({ form }) => text.includes(form)).map(({ name }) => name);
    return [...new Set(found)].map((name) => message(name, where));
  };
  return {
    values,
    everything: (where, text) => [
      ...values(where, text),
      ...(signature.test(text) ? [message('the signature of a presigned URL', where)] : []),
    ],
  };
}

function message(name: string, where: string): string {
  return `${name} is readable in ${where}`;
}

/** Base64 of a text that holds the value, at each of the three alignments, without the borders. */
function base64Forms(value: string): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)]).toString('base64');
    const start = Math.ceil((shift * 8) / 6);
    const end = Math.floor(((shift + Buffer.byteLength(value)) * 8) / 6);
    return encoded.slice(start, end);
  });
}

const presignedContext =
  /^https?:\/\/[^\s/?]+\/[^\s?]*contexts\/[\w-]+\.tar\.gz\?[^\s]*X-Amz-[^\s]*$/;

/**
 * A Pod as text for the search, without the one presigned URL that it may carry (DESIGN.md,
 * invariant 4): the variable of one container that is this URL alone.
 */
export function podText(pod: object): string {
  let allowed = 1;
  return JSON.stringify(pod, (_key, value: unknown) => {
    const { name, value: url } = (value ?? {}) as {
      readonly name?: string;
      readonly value?: string;
    };
    if (name !== 'CONTEXT_URL' || allowed === 0 || !presignedContext.test(url ?? '')) return value;
    allowed -= 1;
    return { name, value: '(context URL)' };
  });
}
