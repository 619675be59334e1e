import { stringify } from 'yaml';

import type { CertificateFiles } from '../credentials/certificates.ts';
import type { Instance } from '../instance/record.ts';
import { addressOf } from './setting.ts';

/** A kubeconfig with everything in it, so that it works from wherever it is copied to. */
export function kubeconfig(
  instance: Instance,
  authority: CertificateFiles,
  user: CertificateFiles,
): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: instance.name,
          cluster: {
            server: `https://${addressOf(instance, 'apiServer')}`,
            'certificate-authority-data': base64(authority.certificate),
          },
        },
      ],
      users: [
        {
          name: instance.name,
          user: {
            'client-certificate-data': base64(user.certificate),
            'client-key-data': base64(user.key),
          },
        },
      ],
      contexts: [
        {
          name: instance.name,
          context: { cluster: instance.name, user: instance.name, namespace: 'slipway' },
        },
      ],
      'current-context': instance.name,
    },
    // Long base64 strings stay on one line.
    { lineWidth: 0 },
  );
}
