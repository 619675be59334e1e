import { Writable } from 'node:stream';

/** A stream as commands write to it, with what was written. */
export interface TextStream {
  readonly stream: NodeJS.WriteStream;
  readonly text: () => string;
}

/** @param terminal what a terminal has; nothing for a file or a pipe */
export function textStream(
  terminal: Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows'>> = {},
): TextStream {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  return {
    stream: Object.assign(stream, terminal) as unknown as NodeJS.WriteStream,
    text: () => chunks.join(''),
  };
}
