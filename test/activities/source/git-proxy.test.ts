import { describe, expect, test, vi } from 'vitest';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import { serveGitOverHttps } from '../../support/git-https-server.ts';
import { createRepository } from '../../support/git-repository.ts';
import { passwordFor, reading, testTrees } from '../../support/git-trees.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

vi.setConfig({ testTimeout: 30_000 });

const login = { username: 'team', password: 'planted-password' };

async function served() {
  const root = await temporaryDirectory();
  const repository = await createRepository(root);
  const commit = await repository.commit({ 'main.txt': 'one' });
  const server = await serveGitOverHttps(root, { login });
  const git = `${server.url}/repository/.git`;
  return { server, source: { git, ref: 'main', commit, secret: 'team' } };
}

describe('the proxy', () => {
  test('is what git goes through, with its TLS and its login inside', async () => {
    const { server, source } = await served();
    const proxy = await startConnectProxy();
    const { trees } = await testTrees({
      caBundle: server.caBundle,
      secrets: { team: passwordFor(server.url, login) },
      proxy: { https: proxy.url, http: null, noProxy: [] },
    });
    expect(await trees.withTree(source, reading('main.txt'))).toBe('one');
    expect(new Set(proxy.tunnels)).toEqual(new Set([new URL(server.url).host]));
  });

  test.each([[['localhost']], [['.example.com', 'localhost']]])(
    'is passed by for %j',
    async (noProxy) => {
      const { server, source } = await served();
      const proxy = await startConnectProxy();
      const { trees } = await testTrees({
        caBundle: server.caBundle,
        secrets: { team: passwordFor(server.url, login) },
        proxy: { https: proxy.url, http: null, noProxy },
      });
      expect(await trees.resolve(source)).toBe(source.commit);
      expect(proxy.tunnels).toEqual([]);
    },
  );

  test.each([
    ['refuses', 403],
    ['wants a login', 407],
    ['is broken', 502],
  ])('is what the failure names when it %s', async (_what, status) => {
    const { server, source } = await served();
    const proxy = await startConnectProxy(status);
    const { trees } = await testTrees({
      caBundle: server.caBundle,
      secrets: { team: passwordFor(server.url, login) },
      proxy: { https: proxy.url, http: null, noProxy: [] },
    });
    await expect(trees.resolve(source)).rejects.toMatchObject({
      type: 'SourceUnavailable',
      message: expect.stringContaining('SLIPWAY_HTTPS_PROXY'),
    });
  });
});
