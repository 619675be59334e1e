import type { Reporter } from '../dev/reporter.ts';
import { painter, seconds } from './view/format.ts';

/** How often a long step says that it is alive where there is no terminal, in milliseconds. */
const aliveInterval = 15_000;

/** Progress on stderr: plain lines, one when a step starts, one when it ends, and signs of life between. */
export function lineReporter(stream: NodeJS.WriteStream): Reporter {
  const paint = painter(stream);
  const started = Date.now();
  const line = (text: string) =>
    stream.write(`${paint('gray', clock(Date.now() - started))}  ${text}\n`);
  return {
    info: line,
    warn: (message) => line(paint('yellow', message)),
    async step(title, work) {
      const begun = Date.now();
      let note = '';
      line(`${title} …`);
      const alive = setInterval(() => {
        line(`${title}: ${seconds(Date.now() - begun)}${note === '' ? '' : `, ${note}`}`);
      }, aliveInterval);
      try {
        const result = await work((text) => (note = text));
        line(`${title}: ${paint('green', 'done')} in ${seconds(Date.now() - begun)}`);
        return result;
      } catch (error) {
        line(`${title}: ${paint('red', 'failed')} after ${seconds(Date.now() - begun)}`);
        throw error;
      } finally {
        clearInterval(alive);
      }
    },
  };
}

/** `mm:ss` since the command started. */
function clock(milliseconds: number): string {
  const total = Math.floor(milliseconds / 1000);
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${pad(Math.floor(total / 60))}:${pad(total % 60)}`;
}
