import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { isRegistryHost, parseImageReference } from '../definition/image-reference.ts';

/** Kinds of values that settings have, as the text of an environment variable says them. */

/** `a, b,c` */
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);

/** As PATH: directories with a colon between them. */
export const directories = z.string().transform((text) => text.split(':').filter(Boolean));

export const positive = z.coerce.number().int().positive();

/** A list of one: what is deleted, watched and swept is in the one namespace. */
export const oneNamespace = z.string().transform((text, context): string => {
  const [name, ...more] = list.parse(text);
  if (name !== undefined && more.length === 0) return name;
  context.addIssue({
    code: 'custom',
    message: `"${text}" names ${name === undefined ? 'none' : `${more.length + 1} namespaces`}; expected one, because all builder Pods go to the same`,
  });
  return '';
});

/** `docker.io=10.64.3.1:5000,quay.io=…` */
export const mirrors = list.transform((items, context) =>
  Object.fromEntries(
    items.map((item) => {
      const [host, mirror, ...rest] = item.split('=');
      const isPair = host !== undefined && mirror !== undefined && rest.length === 0;
      if (isPair && [host, mirror].every(isRegistryHost)) return [host, mirror] as const;
      context.addIssue({ code: 'custom', message: `"${item}" is not <host>=<mirror host>` });
      return ['', ''] as const;
    }),
  ),
);

/** `a.example.com,b:5000` */
export const registryHosts = list.superRefine((items, context) => {
  const wrong = items.find((item) => !isRegistryHost(item));
  if (wrong === undefined) return;
  context.addIssue({ code: 'custom', message: `"${wrong}" is not <host>[:<port>]` });
});

/** As it is written. */
export const imageReference = z.string().superRefine((text, context) => {
  const parsed = parseImageReference(text);
  if (parsed.ok) return;
  const expected = '[<host>/]<name>[:<tag>][@sha256:<digest>]';
  context.addIssue({
    code: 'custom',
    message: `"${text}" ${parsed.problem}; expected ${expected}`,
  });
});

/**
 * A file whose content is the value: a secret's name until the moment of use. Who gives the secret
 * in its place does not find it in the log.
 */
export const file = z
  .string()
  .refine(isReadable, { error: 'names no file that can be read (its value is not shown)' });

/**
 * A file of certificates. Each has to be readable: Node passes over one that isn't, and over all
 * behind it, and then servers are not trusted that should be.
 */
export const certificateFile = file.pipe(
  z.string().superRefine((path, context) => {
    const problem = certificateProblem(readFileSync(path, 'utf8'));
    if (problem === null) return;
    const expected = 'PEM text of certificates (-----BEGIN CERTIFICATE-----)';
    context.addIssue({ code: 'custom', message: `${path} ${problem}; expected ${expected}` });
  }),
);

function certificateProblem(text: string): string | null {
  const blocks = text
    .split(/(?=-----BEGIN CERTIFICATE-----)/)
    .filter((block) => block.startsWith('-----BEGIN CERTIFICATE-----'));
  if (blocks.length === 0) return 'holds no certificate';
  const broken = blocks.findIndex((block) => !isCertificate(block));
  if (broken === -1) return null;
  const count = `${blocks.length} certificate${blocks.length === 1 ? '' : 's'}`;
  return `holds ${count}, of which number ${broken + 1} cannot be read`;
}

/**
 * A proxy's address. Builder Pods get it in their specification, where a password would be
 * readable; the value is not shown because somebody may have tried.
 */
export const proxy = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  const message = proxyProblem(url);
  if (message === null && url !== null) return url.origin;
  context.addIssue({ code: 'custom', message: message ?? '' });
  return '';
});

function proxyProblem(url: URL | null): string | null {
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    return 'expected http://<host>[:<port>] (its value is not shown)';
  }
  if (url.username !== '' || url.password !== '') {
    return 'a login in a proxy’s address would be readable in every builder Pod: use a proxy that needs none (its value is not shown)';
  }
  if (!/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '') {
    return 'expected http://<host>[:<port>] without a path (its value is not shown)';
  }
  return null;
}

/** A Kubernetes quantity of memory, e.g. `8Gi`; as it is written. */
export const memory = z.string().regex(/^[1-9]\d*(\.\d+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$/, {
  error: 'expected a Kubernetes quantity, e.g. 8Gi',
});

/** Where a server of this process listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `0.0.0.0:8080`, `[::]:8080`: addresses, because not every listener looks names up. */
export const listenAddress = z.string().transform((text, context): ListenAddress => {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  const port = Number(digits);
  if (host !== '' && URL.canParse(`http://${text}/`) && port <= 65_535) return { host, port };
  context.addIssue({ code: 'custom', message: 'expected <IP address>:<port>, e.g. 0.0.0.0:8080' });
  return { host: '', port: 0 };
});

function isCertificate(text: string): boolean {
  try {
    new X509Certificate(text);
    return true;
  } catch {
    return false;
  }
}

function isReadable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}
