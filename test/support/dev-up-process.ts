import { up } from '../../dev/up.ts';

/** `up` in a process of its own, which a test can kill: prints each step and note as a line. */
const [home = '', cacheDirectory = ''] = process.argv.slice(2);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

await up({
  home,
  cacheDirectory,
  environment: process.env,
  reporter: {
    info: say,
    warn: say,
    async step(title, work) {
      say(title);
      return work(say);
    },
  },
});
say('up');
