import { describe, expect, it } from 'vitest';
import { classify } from '../../../activities/build-pod/evidence/classify.ts';
import { podFacts, type PodFacts } from '../../../activities/build-pod/pod-facts.ts';
import { buildPod } from '../../../activities/build-pod/spec.ts';
import type { FailureType } from '../../../workflows/contract/failures.ts';
import { fullRequest, withBuilder } from './fixtures.ts';
import { containerStatus, ended, type Status } from './pods.ts';

function facts(builder: 'kaniko' | 'buildah', status: Status): PodFacts {
  const { metadata, spec } = buildPod(withBuilder(builder, fullRequest));
  return podFacts({ metadata: metadata ?? {}, spec: spec ?? { containers: [] }, status });
}

/** A failed Pod of which nothing is known but an exit code. */
function failed(builder: 'kaniko' | 'buildah', exitCode = 1): PodFacts {
  if (builder === 'kaniko') return facts('kaniko', ended(exitCode));
  const terminated = { exitCode, reason: 'Error' };
  return facts('buildah', {
    phase: 'Failed',
    initContainerStatuses: [
      containerStatus('context', { terminated: { exitCode: 0, reason: 'Completed' } }),
      containerStatus('build', { terminated }),
    ],
  });
}

describe('what the Pod says', () => {
  const oom = { exitCode: 255, reason: 'OOMKilled' };
  const lost = { exitCode: 137, reason: 'ContainerStatusUnknown' };
  const disrupted = (reason: string): Status => ({
    phase: 'Failed',
    conditions: [{ type: 'DisruptionTarget', status: 'True', reason, message: 'disrupted' }],
  });
  const table: readonly (readonly [string, Status, FailureType])[] = [
    ['deadline', { ...ended(137), reason: 'DeadlineExceeded' }, 'DeadlineExceeded'],
    [
      'over its own storage limit',
      {
        phase: 'Failed',
        reason: 'Evicted',
        message: 'Pod ephemeral local storage usage exceeds the total limit of containers 16Mi. ',
      },
      'DiskFull',
    ],
    [
      'evicted under memory pressure',
      { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
      'Evicted',
    ],
    ['preempted by the kubelet', { phase: 'Failed', reason: 'Preempting' }, 'Preempted'],
    ['preempted by the scheduler', disrupted('PreemptionByScheduler'), 'Preempted'],
    ['node drained', disrupted('EvictionByEvictionAPI'), 'Evicted'],
    ['node tainted', disrupted('DeletionByTaintManager'), 'NodeLost'],
    ['node shut down', { phase: 'Failed', reason: 'Terminated' }, 'NodeLost'],
    [
      'end not seen',
      { phase: 'Failed', containerStatuses: [containerStatus('kaniko', { terminated: lost })] },
      'NodeLost',
    ],
    ['refused by the kubelet', { phase: 'Failed', reason: 'OutOfmemory' }, 'Evicted'],
    [
      'out of memory, whatever the exit code',
      { phase: 'Failed', containerStatuses: [containerStatus('kaniko', { terminated: oom })] },
      'OutOfMemory',
    ],
    ['killed', ended(137), 'OutOfMemory'],
    [
      'no such program in the image',
      ended(128, { reason: 'StartError', message: 'exec: "/x": no such file' }),
      'BuilderFault',
    ],
  ];

  it.each(table)('%s', (_label, status, failureType) => {
    // The log speaks of something else, which must not count.
    const log = 'error building image: parsing dockerfile: dockerfile parse error on line 1';
    expect(classify('kaniko', { facts: facts('kaniko', status), log }).failureType).toBe(
      failureType,
    );
  });

  it.each([
    ['Error', 137, 'PodDeleted'],
    ['Error', 143, 'PodDeleted'],
    ['OOMKilled', 137, 'OutOfMemory'],
    ['Error', 1, 'DockerfileInvalid'],
  ] as const)(
    'of a Pod that is deleted, with %s and exit code %i: %s',
    (reason, exitCode, type) => {
      const status = {
        phase: 'Failed',
        containerStatuses: [containerStatus('kaniko', { terminated: { exitCode, reason } })],
      };
      const log = 'error building image: parsing dockerfile: dockerfile parse error on line 1';
      const deleted = { ...facts('kaniko', status), deleting: true };
      expect(classify('kaniko', { facts: deleted, log }).failureType).toBe(type);
    },
  );

  it.each([
    [true, 'PodDeleted'],
    [false, 'OutOfMemory'],
  ])('of a RUN that was killed, in a Pod that is deleted: %s', (deleting, type) => {
    // Seen: the shell's end is 1, whatever ended it.
    const log =
      'STEP 2/2: RUN make\nsubprocess exited on killed\nError: building at STEP "RUN make": exit status 1\n';
    const ended = { ...failed('buildah', 1), deleting };
    expect(classify('buildah', { facts: ended, log }).failureType).toBe(type);
  });

  const killed = (builder: 'kaniko' | 'buildah', reason: string): Status => {
    const state = { terminated: { exitCode: 137, reason } };
    return builder === 'kaniko'
      ? { phase: 'Failed', containerStatuses: [containerStatus('kaniko', state)] }
      : { phase: 'Failed', initContainerStatuses: [containerStatus('build', state)] };
  };
  const kanikoLog = 'time="x" level=info msg="RUN true"\ntime="x" level=info msg="RUN npm ci"\n';
  const buildahLog = 'STEP 1/3: FROM debian\nSTEP 2/3: RUN npm ci\nnpm warn\n';

  it.each([
    ['kaniko', 'OOMKilled', kanikoLog, 'ran out of memory at 1Gi in `RUN npm ci`'],
    ['buildah', 'OOMKilled', buildahLog, 'ran out of memory at 1Gi in `RUN npm ci`'],
    ['buildah', 'Error', buildahLog, 'most likely ran out of memory at 1Gi in `RUN npm ci`'],
    ['kaniko', 'OOMKilled', '', 'ran out of memory at 1Gi'],
  ] as const)('says where %s ran out of memory (%s)', (builder, why, log, reason) => {
    expect(classify(builder, { facts: facts(builder, killed(builder, why)), log })).toMatchObject({
      failureType: 'OutOfMemory',
      reason,
    });
  });

  it('says when what ran out of memory had no limit', () => {
    const status = killed('kaniko', 'OOMKilled');
    const { containers, ...rest } = facts('kaniko', status);
    const unlimited = containers.map((container) => ({ ...container, memoryLimit: null }));
    expect(classify('kaniko', { facts: { ...rest, containers: unlimited }, log: '' }).reason).toBe(
      'ran out of memory without a limit of its own',
    );
  });
});

/** Texts of executors 1.24 to 1.28, as recorded in kaniko.md. */
const kanikoLogs: readonly (readonly [FailureType, string])[] = [
  [
    'BuilderFault',
    'kaniko should only be run inside of a container, run with the --force flag if you are sure you want to continue',
  ],
  ['OutOfMemory', 'fatal error: runtime: out of memory\n\ngoroutine 1 [running]:'],
  ['OutOfMemory', 'INFO[0003] RUN npm ci\nKilled'],
  [
    'OutOfMemory',
    'error building image: error building stage: failed to execute command: waiting for process to exit: signal: killed',
  ],
  [
    'DockerfileInvalid',
    'Error: error resolving dockerfile path: please provide a valid path to a Dockerfile within the build context with --dockerfile\nUsage:',
  ],
  [
    'PushDenied',
    'error checking push permissions -- make sure you entered the correct tag name, and that you are authenticated correctly, and try again: checking push permission for "r.example.com/x:in-1": POST https://r.example.com/v2/x/blobs/uploads/: UNAUTHORIZED: authentication required; []',
  ],
  [
    'RegistryUnavailable',
    'error checking push permissions -- make sure you entered the correct tag name: checking push permission for "r.example.com/x": Get "https://r.example.com/v2/": dial tcp: lookup r.example.com: no such host',
  ],
  [
    'RegistryUnavailable',
    'error checking push permissions -- make sure: Get "https://r.example.com/v2/": x509: certificate signed by unknown authority',
  ],
  [
    'BaseImageNotFound',
    'error building image: unable to complete operation after 0 attempts, last error: GET https://index.docker.io/v2/library/debian/manifests/nope: MANIFEST_UNKNOWN: manifest unknown; unknown tag=nope',
  ],
  [
    'BaseImageDenied',
    'error building image: failed to get baseImage: GET https://index.docker.io/v2/library/nostage/manifests/latest: UNAUTHORIZED: authentication required; [map[Action:pull]]',
  ],
  [
    'RegistryRateLimited',
    'error building image: unable to complete operation after 2 attempts, last error: GET https://index.docker.io/v2/library/debian/manifests/12: TOOMANYREQUESTS: You have reached your pull rate limit.',
  ],
  [
    'RegistryUnavailable',
    'error building image: error building stage: failed to get filesystem from image: read tcp 10.0.0.2:4->10.0.0.1:443: read: connection reset by peer',
  ],
  [
    'UnpackConflict',
    'error building image: error building stage: failed to get filesystem from image: error removing var/run to make way for new symlink: unlinkat /var/run: device or resource busy',
  ],
  [
    'UnpackConflict',
    'error building image: error building stage: failed to get filesystem from image: chown /etc/shadow: operation not permitted',
  ],
  [
    'DiskFull',
    'error building image: error building stage: failed to take snapshot: write /kaniko/12: no space left on device',
  ],
  [
    'DiskFull',
    'dd: /big: No space left on device\nerror building image: error building stage: failed to execute command: waiting for process to exit: exit status 1',
  ],
  [
    'BuildCommandFailed',
    'error building image: error building stage: failed to execute command: waiting for process to exit: exit status 1',
  ],
  [
    'DockerfileInvalid',
    'error building image: parsing dockerfile: dockerfile parse error on line 2: unknown instruction: RUNN',
  ],
  ['DockerfileInvalid', 'error building image: nope is not a valid target build stage'],
  [
    'DockerfileInvalid',
    'error building image: error building stage: failed to get files used from context: failed to get fileinfo for /kaniko/buildcontext/nothere: lstat: no such file or directory',
  ],
  ['SnapshotTimeout', 'FATA[5400] Timed out snapshotting FS in 90m'],
  ['BuilderFault', 'error building image: Assertion violated [layer-count]'],
  [
    'BuilderFault',
    'panic: runtime error: index out of range [1]\n\ngoroutine 1 [running]:\nmain.main()',
  ],
  [
    'RegistryUnavailable',
    'error pushing image: failed to push to destination r.example.com/x:in-1: PUT https://r.example.com/v2/x/blobs/uploads/1: BLOB_UPLOAD_INVALID: blob upload invalid',
  ],
  [
    'RegistryRateLimited',
    'error pushing image: failed to push to destination r.example.com/x:in-1: PUT https://r.example.com/v2/x/manifests/in-1: unexpected status code 429 Too Many Requests',
  ],
  [
    'TagImmutable',
    'error pushing image: failed to push to destination r.example.com/x:in-1: PUT https://r.example.com/v2/x/manifests/in-1: TAG_INVALID: The image tag already exists and the repository has enabled tag immutability',
  ],
  [
    'PushDenied',
    'error pushing image: failed to push to destination r.example.com/x:in-1: PUT https://r.example.com/v2/x/manifests/in-1: DENIED: requested access to the resource is denied',
  ],
  ['Unknown', 'INFO[0001] something\nand no more'],
];

/** Printed by buildah 1.28.2 and 1.39.3 of Debian themselves; addresses changed. */
const buildahLogs: readonly (readonly [FailureType, string])[] = [
  [
    'BaseImageNotFound',
    'STEP 1/2: FROM docker.io/library/nosuch:1\nTrying to pull docker.io/library/nosuch:1...\nError: creating build container: initializing source docker://nosuch:1: reading manifest 1 in mirror.example.com/library/nosuch: manifest unknown: manifest unknown',
  ],
  [
    'BaseImageNotFound',
    'Error: creating build container: initializing source docker://r.example.com/x:1: reading manifest 1 in r.example.com/x: name unknown: some message of the registry',
  ],
  [
    'BaseImageDenied',
    'Error: creating build container: initializing source docker://r.example.com/x:1: reading manifest 1 in r.example.com/x: unauthorized: authentication required',
  ],
  [
    'BaseImageDenied',
    'Error: creating build container: initializing source docker://r.example.com/x:1: reading manifest 1 in r.example.com/x: StatusCode: 403, plain text',
  ],
  [
    'RegistryRateLimited',
    'Error: creating build container: initializing source docker://r.example.com/x:1: reading manifest 1 in r.example.com/x: toomanyrequests: some message of the registry',
  ],
  [
    'RegistryUnavailable',
    'Error: creating build container: initializing source docker://r.example.com/x:1: reading manifest 1 in r.example.com/x: received unexpected HTTP status: 503 Service Unavailable',
  ],
  [
    'RegistryUnavailable',
    'Error: creating build container: initializing source docker://busybox:1: docker.io/library/busybox:1: pinging container registry registry-1.docker.io: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.1:53: no such host',
  ],
  [
    'PushDenied',
    'Error: pushing image "localhost/x" to "docker://r.example.com/x:in-1": writing blob: initiating layer upload to /v2/x/blobs/uploads/ in r.example.com: denied: some message of the registry',
  ],
  [
    'PushDenied',
    'Error: pushing image "localhost/x" to "docker://r.example.com/x:in-1": trying to reuse blob sha256:03b5 at destination: checking whether a blob sha256:03b5 exists in r.example.com/x: unauthorized: authentication required',
  ],
  [
    'RegistryRateLimited',
    'Error: pushing image "localhost/x" to "docker://r.example.com/x:in-1": writing blob: initiating layer upload to /v2/x/blobs/uploads/ in r.example.com: StatusCode: 429, plain text',
  ],
  [
    'RegistryUnavailable',
    'Error: pushing image "localhost/x" to "docker://r.example.com/x:in-1": trying to reuse blob sha256:03b5 at destination: pinging container registry r.example.com: Get "https://r.example.com/v2/": x509: certificate signed by unknown authority',
  ],
  [
    'BuildCommandFailed',
    'STEP 2/2: RUN nosuchcommand\n/bin/sh: nosuchcommand: not found\nsubprocess exited with status 127\nsubprocess exited with status 127\nError: building at STEP "RUN nosuchcommand": exit status 127',
  ],
  [
    'BuildCommandFailed',
    'STEP 2/2: RUN ["/nosuch"]\nprocess failed to start with error: fork/exec /nosuch: no such file or directoryprocess exited with error: exec: not startedsubprocess exited with status 1\nError: building at STEP "RUN /nosuch": exit status 1',
  ],
  [
    'OutOfMemory',
    'STEP 2/2: RUN kill -9 $$\nsubprocess exited on killed\nsubprocess exited with status 1\nError: building at STEP "RUN kill -9 $$": exit status 1',
  ],
  [
    'DiskFull',
    'dd: writing to \'/big\': No space left on device\nsubprocess exited with status 1\nError: building at STEP "RUN dd if=/dev/zero of=/big bs=1M count=20": exit status 1',
  ],
  [
    'DockerfileInvalid',
    'STEP 2/2: COPY nothere /\nError: building at STEP "COPY nothere /": checking on sources under "/tmp/ctx": copier: stat: "/nothere": no such file or directory',
  ],
  [
    'DockerfileInvalid',
    'Error: building at STEP "RUNN ": Build error: Unknown instruction: "RUNN" &imagebuilder.Step{Env:[]string{"PATH=/bin"}, Command:"runn"}',
  ],
  ['DockerfileInvalid', 'Error: no FROM statement found'],
  ['DockerfileInvalid', 'Error: no contents in "/slipway/files/Dockerfile"'],
  ['DockerfileInvalid', 'Error: The target "nope" was not found in the provided Dockerfile'],
  [
    'DockerfileInvalid',
    'Error: building at STEP "COPY onlyone": COPY requires at least one argument',
  ],
  [
    'DockerfileInvalid',
    'Error: FROM requires either one argument, or three: FROM <source> [as <name>]',
  ],
  [
    'DockerfileInvalid',
    'Error: building at STEP "RUN true": determining run uid: user: unknown user error looking up user "nobody"',
  ],
  [
    'DockerfileInvalid',
    'Error: building at STEP "RUN --mount=type=bind,from=b,source=/x,target=/y true": resolving mountpoints for container "61c1b8": sanitizing bind subdirectory "/x": opening directory "x" under "/slipway/x": openat x: no such file or directory',
  ],
  [
    'ContextUnavailable',
    'Error: building at STEP "ADD https://files.example.com/x /x": reading "https://files.example.com/x": Get "https://files.example.com/x": dial tcp 10.0.0.1:443: connect: connection refused',
  ],
  [
    'BuilderFault',
    'Error: building at STEP "RUN true": parsing PID "": strconv.Atoi: parsing "": invalid syntax',
  ],
  ['Unknown', 'STEP 2/2: RUN true\n'],
];

describe.each([
  ['kaniko', kanikoLogs],
  ['buildah', buildahLogs],
] as const)('what the log of %s says', (builder, logs) => {
  it.each(logs)('%s: %s', (failureType, log) => {
    expect(classify(builder, { facts: failed(builder), log }).failureType).toBe(failureType);
  });

  it('does not take a command’s output for the builder’s words', () => {
    const output =
      'npm error 429 Too Many Requests\nUNAUTHORIZED\nerror pushing image\nno FROM statement found\n';
    const end =
      builder === 'kaniko'
        ? 'error building image: error building stage: failed to execute command: waiting for process to exit: exit status 1'
        : 'Error: building at STEP "RUN npm ci": exit status 1';
    expect(classify(builder, { facts: failed(builder), log: `${output}${end}` }).failureType).toBe(
      'BuildCommandFailed',
    );
  });
});

describe('the reason', () => {
  it('names instruction, step and exit code, where buildah gives them', () => {
    const log =
      '[2/2] STEP 4/5: RUN npm ci\nsubprocess exited with status 7\nError: building at STEP "RUN npm ci": exit status 7';
    expect(classify('buildah', { facts: failed('buildah', 7), log }).reason).toBe(
      '`RUN npm ci` (step 4) exited with 7',
    );
  });

  it('names the instruction that kaniko announced last', () => {
    const log =
      'time="x" level=info msg="RUN true"\ntime="x" level=info msg="RUN npm ci --silent"\nerror building image: error building stage: failed to execute command: waiting for process to exit: exit status 7';
    expect(classify('kaniko', { facts: failed('kaniko', 7), log }).reason).toBe(
      '`RUN npm ci --silent` exited with 7',
    );
  });

  it('says what is known when nothing fits', () => {
    expect(classify('buildah', { facts: failed('buildah', 9), log: 'last line\n' }).reason).toBe(
      'container context exited with 0, container build exited with 9, container push waits; last line',
    );
  });

  it('stays short', () => {
    const log = `Error: no FROM statement found${'x'.repeat(2_000)}`;
    expect(classify('buildah', { facts: failed('buildah'), log }).reason.length).toBeLessThan(501);
  });
});
