import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import { expect, onTestFinished, test } from 'vitest';
import { openLog } from '../../../activities/build-pod/kubernetes-log.ts';

const pod = { namespace: 'builds', name: 'bld-x', uid: 'u' };

/** An API server that answers a request for a log as it is told. */
async function serverThat(answers: RequestListener): Promise<KubeConfig> {
  const server = createServer(answers);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'scripted', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'test' },
  );
  return config;
}

const whole = { follow: false, patience: 50, signal: new AbortController().signal };

test('a log that is not followed breaks when no answer comes', async () => {
  const config = await serverThat(() => undefined);
  await expect(openLog(config, pod, 'build', whole)).rejects.toMatchObject({
    type: 'ClusterUnavailable',
    message: expect.stringContaining('nothing came for 0.05 s'),
  });
});

test('it breaks in its middle as well', async () => {
  const config = await serverThat((_, response) => response.write('one\n'));
  const log = await openLog(config, pod, 'build', whole);
  await expect(text(log!)).rejects.toThrow('aborted');
});

test('a log that is followed may be silent', async () => {
  const config = await serverThat((_, response) => {
    response.write('one\n');
    setTimeout(() => response.end('two\n'), 200);
  });
  const log = await openLog(config, pod, 'build', { ...whole, follow: true });
  expect(await text(log!)).toBe('one\ntwo\n');
});
