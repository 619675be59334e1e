import { gitTransport } from './git-rules.ts';
import type { Finding } from './problem.ts';
import { textOf, type Entry } from './raw.ts';

/** Whether a source names credentials where its transport needs them, and only where it has any. */
export function sourceChecks({ path, fields }: Entry): readonly Finding[] {
  const transport = gitTransport(textOf(fields['git']) ?? '');
  if (transport === 'ssh' && fields['secret'] === undefined) {
    return [
      {
        path: [...path, 'secret'],
        message: 'a source over ssh needs a `secret`',
        missing: [[...path, 'secret']],
        expected:
          'the name of a Secret of type kubernetes.io/ssh-auth, labelled `slipway/use: git`, with a key and known_hosts',
      },
    ];
  }
  if (transport === 'file' && fields['secret'] !== undefined) {
    return [
      {
        path: [...path, 'secret'],
        message: 'a file source has no use for a `secret`',
        expected: 'no `secret`, or a source over https or ssh',
        atKey: true,
      },
    ];
  }
  return [];
}
