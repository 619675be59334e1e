import { createHash } from 'node:crypto';
import { writeArchive } from '../../../activities/package/archive.ts';

// Prints the SHA-256 of one archive as each time zone of the arguments makes it.
for (const zone of process.argv.slice(2)) {
  process.env['TZ'] = zone;
  const archive = await writeArchive([{ path: 'a.txt', content: Buffer.from('a') }]);
  const offset = new Date(2000, 0, 1).getTimezoneOffset();
  process.stdout.write(`${createHash('sha256').update(archive).digest('hex')} ${offset}\n`);
}
