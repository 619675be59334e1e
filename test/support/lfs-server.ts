import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

/**
 * A stand-in for an LFS server: the Batch API with the basic transfer adapter (git-lfs,
 * docs/api/batch.md and docs/api/basic-transfers.md), for downloads only.
 */
export interface LfsServer {
  /** For `serveGitOverHttps`. */
  readonly serve: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Ids that were asked for in batches, and those that were downloaded. */
  readonly asked: string[];
  readonly downloaded: string[];
}

const Batch = z.object({
  operation: z.literal('download'),
  objects: z.array(z.object({ oid: z.string(), size: z.number() })),
});

const mediaType = 'application/vnd.git-lfs+json';

/** @param contents files that it has */
export function lfsServer(contents: readonly Buffer[]): LfsServer {
  const byId = new Map(contents.map((content) => [lfsId(content), content]));
  const asked: string[] = [];
  const downloaded: string[] = [];

  async function batch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { objects } = Batch.parse(await json(request));
    asked.push(...objects.map(({ oid }) => oid));
    const { host, authorization } = request.headers;
    const answers = objects.map(({ oid, size }) =>
      byId.has(oid)
        ? {
            oid,
            size,
            authenticated: true,
            actions: {
              download: {
                href: `https://${host}/lfs-objects/${oid}`,
                ...(authorization === undefined
                  ? {}
                  : { header: { Authorization: authorization } }),
              },
            },
          }
        : { oid, size, error: { code: 404, message: 'Object does not exist' } },
    );
    response.writeHead(200, { 'content-type': mediaType });
    response.end(JSON.stringify({ transfer: 'basic', objects: answers }));
  }

  return {
    asked,
    downloaded,
    serve(request, response) {
      const url = request.url ?? '';
      if (request.method === 'POST' && url.endsWith('/info/lfs/objects/batch')) {
        void batch(request, response);
        return true;
      }
      const oid = /^\/lfs-objects\/([0-9a-f]{64})$/.exec(url)?.[1];
      if (oid === undefined) return false;
      downloaded.push(oid);
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(byId.get(oid));
      return true;
    },
  };
}

/** The pointer that git keeps in place of a file. */
export function lfsPointer(content: Buffer): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${lfsId(content)}\nsize ${content.length}\n`;
}

function lfsId(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
