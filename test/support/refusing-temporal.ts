import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';

/** How every call is answered: gRPC's code and message, with the error's details where there are any. */
export interface Refusal {
  readonly code: number;
  readonly message: string;
  /** As Temporal adds it to what it says of a namespace that it does not know. */
  readonly missingNamespace?: string;
  /** Whether it is refused to connect at all. Default: false. */
  readonly atOnce?: boolean;
}

export interface RefusingTemporal extends AsyncDisposable {
  readonly address: string;
}

const unimplemented = 12;

/** A server that speaks gRPC and answers every call with an error, as a Temporal does that refuses it. */
export async function openRefusingTemporal(refusal: Refusal): Promise<RefusingTemporal> {
  const server = createServer();
  server.on('stream', (stream, { ':path': path = '' }) => {
    stream.resume();
    // Temporal's client asks this first, and does not mind a server that is too old to answer.
    const isFirst = path.endsWith('/GetSystemInfo') && refusal.atOnce !== true;
    const answer = isFirst ? { code: unimplemented, message: 'unknown method' } : refusal;
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc+proto',
        'grpc-status': String(answer.code),
        'grpc-message': encodeURIComponent(answer.message),
        ...(answer.missingNamespace === undefined
          ? {}
          : { 'grpc-status-details-bin': details(answer.code, answer.missingNamespace) }),
      },
      { endStream: true },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

const failure = 'type.googleapis.com/temporal.api.errordetails.v1.NamespaceNotFoundFailure';

/** A `google.rpc.Status` with the one detail, in protobuf's encoding and base64. */
function details(code: number, namespace: string): string {
  const named = field(1, namespace);
  const any = Buffer.concat([field(1, failure), field(2, named)]);
  return Buffer.concat([Buffer.from([0x08, code]), field(3, any)]).toString('base64');
}

/** A field of protobuf with text or bytes, at most 127 of them. */
function field(number: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
}
