import { describe, expect, it } from 'vitest';
import { endedOutcome } from '../../../activities/build-pod/outcome.ts';
import { podFacts } from '../../../activities/build-pod/pod-facts.ts';
import { buildPod } from '../../../activities/build-pod/spec.ts';
import { redact } from '../../../activities/support/redact.ts';
import type { PodOutcome } from '../../../workflows/contract/activities.ts';
import { readRecordings } from '../../cluster/kaniko/recordings.ts';
import { fullRequest, withBuilder } from './fixtures.ts';
import { ended } from './pods.ts';

function outcomeOf(exitCode: number, log: readonly string[], message?: string): PodOutcome {
  const { metadata, spec } = buildPod(withBuilder('kaniko', fullRequest));
  const status = ended(exitCode, message === undefined ? {} : { message });
  const facts = podFacts({ metadata: metadata ?? {}, spec: spec ?? { containers: [] }, status });
  return endedOutcome(facts, redact(log.map((line) => `${line}\n`).join('')), 0);
}

// What only a real Pod or a real registry can tell is tested there, with the same recordings.
const logged = readRecordings().filter(
  ({ exitCode, takesMemory }) => exitCode !== 0 && takesMemory === undefined,
);

describe('what Kaniko is known to print', () => {
  it.each(logged)('$name', ({ exitCode, log, terminationMessage, expected }) => {
    const outcome = outcomeOf(exitCode, log, terminationMessage);
    expect(outcome).toMatchObject({ kind: 'failed', failureType: expected.failureType });
    expect(outcome).toHaveProperty('reason', expect.stringContaining(expected.reason));
    expect(outcome).toHaveProperty('log', expect.stringContaining(expected.lastLine ?? ''));
  });
});

const building = 'error building image: error building stage: ';
const command = `${building}failed to execute command: `;
const add = 'time="x" level=info msg="ADD https://files.example.com/a.tar /"';

describe('what is easily taken for something else', () => {
  it.each([
    [
      'a server that an ADD cannot reach',
      'ContextUnavailable',
      [
        add,
        `${command}downloading remote source file: Get "https://files.example.com/a.tar": dial tcp: lookup files.example.com: no such host`,
      ],
    ],
    [
      'an ADD of what is not there',
      'DockerfileInvalid',
      [add, `${command}downloading remote source file: invalid response status 404`],
    ],
    [
      'a file of the base that cannot be written',
      'UnpackConflict',
      [`${building}failed to get filesystem from image: mkdir /proc/x: permission denied`],
    ],
    [
      'a registry that speaks of permission',
      'BaseImageDenied',
      [
        `${building}failed to get filesystem from image: GET https://r.example.com/v2/x/blobs/sha256:1: DENIED: Permission denied for "x"`,
      ],
    ],
    [
      'a RUN whose process was killed',
      'OutOfMemory',
      ['Killed', `${command}waiting for process to exit: exit status 2`],
    ],
    [
      'a RUN that describes its own flags',
      'BuildCommandFailed',
      ['Error: unknown flag', 'Usage:', `${command}waiting for process to exit: exit status 2`],
    ],
    [
      'output of a RUN that arrives after the last words',
      'BuildCommandFailed',
      [`${command}waiting for process to exit: exit status 2`, 'error TS2304: Cannot find name'],
    ],
    [
      'a state that Kaniko holds impossible',
      'BuilderFault',
      [
        'time="x" level=panic msg="Unreachable Code: no final stage"',
        'panic: (*logrus.Entry) 0xc0',
      ],
    ],
  ])('%s: %s', (_label, failureType, log) => {
    expect(outcomeOf(1, log)).toMatchObject({ failureType });
  });

  it('names the instruction that failed, whichever it is', () => {
    const log = [
      'time="x" level=info msg="RUN true"',
      'time="x" level=info msg="WORKDIR /file/x"',
      `${command}creating working directory: mkdir /file: not a directory`,
    ];
    expect(outcomeOf(1, log)).toMatchObject({
      failureType: 'DockerfileInvalid',
      reason: '`WORKDIR /file/x`: creating working directory: mkdir /file: not a directory',
    });
  });
});
