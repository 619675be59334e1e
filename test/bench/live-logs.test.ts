import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readLogs } from '../../client/logs/read-logs.ts';
import { useInstallation } from '../support/product/installation.ts';

const installation = useInstallation('live-logs');

/** Seconds since the machine started: the same clock in every Pod of the local cluster. */
const uptime = (): number => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);

const names = ['one', 'other'];
const ticks = 12;
const ticking = [
  'FROM busybox',
  `RUN for i in $(seq ${ticks}); do echo "tick $i at $(cut -d' ' -f1 /proc/uptime)"; sleep 0.6; done`,
  '',
].join('\n');

test('the lines of two builders come within 3 s', async () => {
  const { repository, submit, ended, client } = installation();
  const source = await repository();
  await source.commit({ one: `${ticking}RUN echo one\n`, other: `${ticking}RUN echo other\n` });
  const containers = Object.fromEntries(names.map((name) => [`api/${name}`, { dockerfile: name }]));
  const buildId = await submit({ name: 'ticking', source: source.url, containers });
  const delays: number[] = [];
  for await (const { text } of readLogs(client, buildId, { follow: true })) {
    const now = uptime();
    for (const [, time] of text.matchAll(/^tick \d+ at ([\d.]+)$/gm))
      delays.push(Number((now - Number(time)).toFixed(2)));
  }
  await ended(buildId);
  expect(delays).toHaveLength(names.length * ticks);
  expect(delays.filter((seconds) => seconds >= 3)).toEqual([]);
});
