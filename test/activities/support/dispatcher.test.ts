import { fetch } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDispatcher } from '../../../activities/support/tls.ts';
import { issueAuthority, issueCertificate } from '../../../dev/credentials/issue.ts';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import { startScriptedRegistry } from '../../support/scripted-registry.ts';

describe('createDispatcher', () => {
  async function registryBehindProxy() {
    const authority = await issueAuthority('Slipway test CA', new Date());
    const names = ['registry.example.com', 'localhost'];
    const tls = await issueCertificate(authority, { commonName: 'x', names }, new Date());
    const { host } = await startScriptedRegistry({ tls });
    const port = Number(host.split(':')[1]);
    return { port, caBundle: authority.certificate, proxy: await startConnectProxy() };
  }

  test('goes through the proxy, trusting the bundle for the server behind it', async () => {
    const { port, caBundle, proxy } = await registryBehindProxy();
    const settings = { https: proxy.url, http: null, noProxy: [] };
    const dispatcher = createDispatcher(caBundle, { proxy: settings });
    onTestFinished(() => dispatcher.close());
    const response = await fetch(`https://registry.example.com:${port}/v2/`, { dispatcher });
    expect(response.status).toBe(404);
    await response.body?.cancel();
    expect(proxy.tunnels).toEqual([`registry.example.com:${port}`]);
    const distrusting = createDispatcher(null, { proxy: settings });
    onTestFinished(() => distrusting.close());
    await expect(
      fetch(`https://registry.example.com:${port}/v2/`, { dispatcher: distrusting }),
    ).rejects.toThrow('fetch failed');
  });

  test('speaks directly where the proxy is not to be asked', async () => {
    const { port, caBundle, proxy } = await registryBehindProxy();
    const dispatcher = createDispatcher(caBundle, {
      proxy: { https: proxy.url, http: proxy.url, noProxy: ['.example.com'] },
    });
    onTestFinished(() => dispatcher.close());
    const response = await fetch(`https://localhost:${port}/v2/`, { dispatcher });
    await response.body?.cancel();
    // Nobody has this name, but it is looked up here.
    await expect(fetch(`https://registry.example.com:${port}/v2/`, { dispatcher })).rejects.toThrow(
      'fetch failed',
    );
    expect(proxy.tunnels).toEqual([]);
  });

  test('does not look at the process’s environment', async () => {
    const { port, caBundle, proxy } = await registryBehindProxy();
    process.env['HTTPS_PROXY'] = proxy.url;
    onTestFinished(() => {
      delete process.env['HTTPS_PROXY'];
    });
    const dispatcher = createDispatcher(caBundle);
    onTestFinished(() => dispatcher.close());
    const response = await fetch(`https://localhost:${port}/v2/`, { dispatcher });
    await response.body?.cancel();
    expect(proxy.tunnels).toEqual([]);
  });
});
