import { beforeAll, describe, expect, inject, test } from 'vitest';
import { cancelBuild } from '../../../client/cancel.ts';
import { readLogs, type LogChunk, type LogOptions } from '../../../client/logs/read-logs.ts';
import { readObjectsType } from '../../../workflows/contract/messages.ts';
import { slipway } from '../../support/product/command.ts';
import { openGate } from '../../support/product/gate.ts';
import { useInstallation } from '../../support/product/installation.ts';

const installation = useInstallation('logs');
const storeHost = new URL(inject('environment').store.endpoint).hostname;

const ticks = 12;
const ticking = [
  'FROM busybox',
  `RUN for i in $(seq ${ticks}); do echo "tick $i"; sleep 0.6; done`,
  '',
].join('\n');

function text(chunks: readonly LogChunk[], container: string): string {
  return chunks
    .filter((chunk) => chunk.container === container)
    .map((chunk) => chunk.text)
    .join('');
}

async function read(buildId: string, options?: LogOptions): Promise<readonly LogChunk[]> {
  const chunks: LogChunk[] = [];
  for await (const chunk of readLogs(installation().client, buildId, options)) chunks.push(chunk);
  return chunks;
}

describe('the logs of a build that runs', () => {
  const names = ['one', 'other'];
  const chunks: LogChunk[] = [];
  let buildId = '';
  beforeAll(async () => {
    const { repository, submit, client } = installation();
    const source = await repository();
    await source.commit({ one: `${ticking}RUN echo one\n`, other: `${ticking}RUN echo other\n` });
    const containers = Object.fromEntries(
      names.map((name) => [`api/${name}`, { dockerfile: name }]),
    );
    buildId = await submit({ name: 'ticking', source: source.url, containers });
    for await (const chunk of readLogs(client, buildId, { follow: true })) chunks.push(chunk);
  });

  test('are the whole of what the store keeps, each line once', async () => {
    const kept = await read(buildId);
    for (const name of names) {
      expect(text(chunks, name)).toBe(text(kept, name));
      expect(text(chunks, name).match(/^tick \d+$/gm)).toHaveLength(ticks);
    }
  });

  test('go on behind any piece', async () => {
    const middle = Math.floor(chunks.length / 2);
    const rest = await read(buildId, { from: chunks[middle]?.cursor ?? '' });
    for (const name of names) expect(text(rest, name)).toBe(text(chunks.slice(middle + 1), name));
    expect(await read(buildId, { from: chunks.at(-1)?.cursor ?? '' })).toEqual([]);
  });

  test('are printed by the command, merged and by name', async () => {
    const all = await slipway(['logs', buildId], installation().settings);
    expect(all.code).toBe(0);
    expect(all.stdout.match(/^api\/one {3}\| tick /gm)).toHaveLength(ticks);
    expect(all.stdout.match(/^api\/other \| tick /gm)).toHaveLength(ticks);
    const one = await slipway(['logs', buildId, 'api/one', '-f'], installation().settings);
    expect(one).toMatchObject({ code: 0, stdout: text(chunks, 'one') });
    const json = await slipway(['logs', buildId, 'one', '--json'], installation().settings);
    const pieces = json.stdout.trimEnd().split('\n');
    expect(pieces.map((line) => (JSON.parse(line) as LogChunk).text).join('')).toBe(one.stdout);
  });

  test('leave no URL in any history', async () => {
    const { temporal, taskQueue } = installation().client;
    const query = `WorkflowType = '${readObjectsType}' AND TaskQueue = '${taskQueue}'`;
    let histories = 0;
    for await (const { workflowId } of temporal.workflow.list({ query })) {
      const history = JSON.stringify(await temporal.workflow.getHandle(workflowId).fetchHistory());
      // Payloads are base64 in it: three ways in which a text can lie in them.
      for (const piece of ['X-Amz-Signature', 'https://'])
        for (const form of [piece, ...encoded(piece)]) expect(history).not.toContain(form);
      expect(history).toContain(encoded('ciphertext')[0]);
      histories += 1;
    }
    expect(histories).toBeGreaterThan(0);
  });
});

test('what a cancelled build had printed is there to read', async () => {
  await using gate = await openGate(storeHost);
  const { repository, submit, ended, client } = installation();
  const source = await repository();
  await source.commit({ Dockerfile: `FROM busybox\nRUN echo before\n${gate.instruction}\n` });
  const buildId = await submit({
    name: 'cut',
    source: source.url,
    containers: { 'api/server': {} },
  });
  const seen: string[] = [];
  for await (const chunk of readLogs(client, buildId, { follow: true })) {
    seen.push(chunk.text);
    if (!/^before$/m.test(seen.join(''))) continue;
    if (seen.length > 0) await cancelBuild(client, buildId);
  }
  expect((await ended(buildId)).status).toBe('cancelled');
  expect(text(await read(buildId), 'server')).toContain(seen.join('').trimEnd());
});

describe('a command for logs that are not there', () => {
  test.each([
    [['logs', 'app/none'], /no build app\/none/],
    [['logs', 'app/none', '--attempt', 'second'], /Expected a number from 0/],
    [['retry', 'app/none'], /no build app\/none/],
    [['list', '--status', 'broken'], /Allowed choices are/],
    [['list', '--limit', '0'], /Expected a whole number/],
  ])('%j is bad input', async (args, says) => {
    const outcome = await slipway(args, installation().settings);
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toMatch(says);
  });
});

/** The parts of a text's base64 that do not depend on what stands around it, for each offset. */
function encoded(text: string): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
    const start = Math.ceil((offset * 8) / 6);
    return bytes.toString('base64').slice(start, Math.floor((bytes.length * 8) / 6));
  });
}
