import type { V1Container, V1Volume } from '@kubernetes/client-node';
import { bytesOf } from '../../../workflows/contract/quantity.ts';
import { proxyFor, proxyVariables } from '../../support/proxy.ts';
import { annotationFiles, podResources } from '../builders/mounts.ts';
import { annotations } from '../pod-metadata.ts';
import type { PodRequest } from '../pod-request.ts';
import { contextContainer } from './report.ts';

/** The volume that the unpacked context is in; builders mount it where they like. */
export const contextVolume = 'context';
const filesVolume = 'context-files';
const filesDirectory = '/slipway/files';
const contextDirectory = '/slipway/context';
const report = '/dev/termination-log';

/** What Node.js needs for itself, as a Kubernetes quantity: a builder may be content with less. */
const leastMemory = '256Mi';

/**
 * The first container of every builder Pod: it unpacks the context into `contextVolume`. It alone
 * has the presigned URL; a builder would quote it in its errors, and its RUN instructions could read
 * it.
 */
export function contextStep(request: PodRequest): V1Container {
  const { container, context, contextUrl, settings } = request;
  return {
    name: contextContainer,
    image: settings.contextStep.image,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', `${filesDirectory}/fetch-context.mts`],
    env: [
      ...proxies(request),
      ...(settings.caBundle === null
        ? []
        : [{ name: 'NODE_EXTRA_CA_CERTS', value: `${filesDirectory}/ca.crt` }]),
      { name: 'CONTEXT_URL', value: contextUrl },
      { name: 'CONTEXT_DIGEST', value: context.digest },
      { name: 'CONTEXT_DIRECTORY', value: contextDirectory },
      { name: 'CONTEXT_REPORT', value: report },
    ],
    resources: podResources(atLeast(container.resources, leastMemory)),
    securityContext: {
      // Builders run as root: the files are theirs.
      runAsUser: 0,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumeMounts: [
      { name: filesVolume, mountPath: filesDirectory, readOnly: true },
      { name: contextVolume, mountPath: contextDirectory },
    ],
    terminationMessagePath: report,
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

export function contextAnnotations({ settings }: PodRequest): Readonly<Record<string, string>> {
  const { contextStep: step, caBundle } = settings;
  return {
    [annotations.contextProgram]: step.program,
    ...(caBundle === null ? {} : { [annotations.caBundle]: caBundle }),
  };
}

export function contextVolumes({ settings }: PodRequest): readonly V1Volume[] {
  return [
    annotationFiles(filesVolume, {
      'fetch-context.mts': annotations.contextProgram,
      ...(settings.caBundle === null ? {} : { 'ca.crt': annotations.caBundle }),
    }),
    { name: contextVolume, emptyDir: {} },
  ];
}

/** Node knows no networks in NO_PROXY: whether the store is behind the proxy is decided here. */
function proxies({ contextUrl, settings }: PodRequest): NonNullable<V1Container['env']> {
  const { proxy } = settings;
  if (proxy === undefined || proxyFor(new URL(contextUrl), proxy) === null) return [];
  const variables = proxyVariables({ ...proxy, noProxy: [] });
  return [...variables, { name: 'NODE_USE_ENV_PROXY', value: '1' }];
}

function atLeast(
  resources: PodRequest['container']['resources'],
  least: string,
): PodRequest['container']['resources'] {
  if (resources.memory === undefined) return resources;
  const isLess = (bytesOf(resources.memory) ?? Infinity) < (bytesOf(least) ?? 0);
  return isLess ? { ...resources, memory: least } : resources;
}
