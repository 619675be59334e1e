import type { AttemptIdentity } from '../../../workflows/contract/activities.ts';
import type { BuiltContainer } from '../../../workflows/contract/application.ts';
import type { PodRequest } from '../../../activities/build-pod/pod-request.ts';

export const attempt: AttemptIdentity = {
  buildId: 'shop/20261122-233015-k3x9qa',
  application: 'shop',
  component: 'api',
  container: 'server',
  workflowId: 'shop/20261122-233015-k3x9qa/api/server',
  firstRunId: '0193f5b0-7c5e-7d2a-8f0e-3f2b1c4d5e6f',
  generation: 0,
};

export const container: BuiltContainer = {
  kind: 'build',
  name: 'server',
  init: false,
  carried: {},
  pullSecret: null,
  source: { git: 'https://git.example.com/shop.git', ref: 'main' },
  context: 'services/api',
  dockerfile: 'Dockerfile',
  template: 'none',
  templateArgs: {},
  unusedArguments: 'error',
  buildArgs: {},
  target: null,
  repository: 'registry.example.com/shop/api-server',
  tags: ['latest'],
  builder: null,
  builderFlags: [],
  reproducible: true,
  resources: {},
  timeouts: { queue: 600, build: 1800 },
  nodeSelector: {},
  tolerations: [],
  pushSecret: null,
};

const hex = (digit: string): string => digit.repeat(64);

export const minimalRequest: PodRequest = {
  attempt,
  container,
  builder: { name: 'kaniko', image: `ghcr.io/osscontainertools/kaniko@sha256:${hex('a')}` },
  inputDigest: `sha256:${hex('b')}`,
  context: { object: `contexts/${hex('c')}.tar.gz`, digest: `sha256:${hex('c')}`, size: 10_240 },
  contextUrl: 'https://store.example.com/slipway/contexts/x.tar.gz?X-Amz-Signature=cafe',
  dockerfile: 'FROM debian:12@sha256:00\nRUN true\n',
  cacheProblem: null,
  settings: {
    installation: 'test',
    namespace: 'builds',
    contextStep: {
      image: `registry.example.com/node@sha256:${hex('d')}`,
      program: 'console.log("fetches");\n',
    },
    registryMirrors: {},
    plainHttpRegistries: [],
    caBundle: null,
  },
};

/** Every field that a Pod depends on, set. */
export const fullRequest: PodRequest = {
  ...minimalRequest,
  container: {
    ...container,
    buildArgs: { MODE: 'release', COMMAND: '$(reboot); echo "x"' },
    target: 'runtime',
    resources: { cpu: '500m', memory: '1Gi', ephemeralStorage: '4Gi' },
    nodeSelector: { 'kubernetes.io/arch': 'amd64' },
    tolerations: [{ key: 'builds', operator: 'Exists', effect: 'NoSchedule' }],
    pushSecret: 'shop-registry',
    secrets: [
      { id: 'npmrc', secret: 'npm', key: '.npmrc' },
      { id: 'token', secret: 'git', key: 'token' },
    ],
    cache: { repository: 'cache.example.com/shop' },
  },
  settings: {
    ...minimalRequest.settings,
    registryMirrors: {
      'index.docker.io': 'mirror.example.com',
      'Quay.io': 'plain.example.com:5000',
    },
    proxy: {
      https: 'http://proxy.example.com:3128',
      http: null,
      noProxy: ['.example.com', '10.0.0.0/8'],
    },
    plainHttpRegistries: ['plain.example.com:5000', 'other.example.com'],
    caBundle: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  },
};

export function withBuilder(name: 'kaniko' | 'buildah', request: PodRequest): PodRequest {
  return { ...request, builder: { ...request.builder, name } };
}
