import { publishApplication } from './published.ts';

// Prints the SHA-256 of every package of one application as each time zone of the arguments makes them.
for (const zone of process.argv.slice(2)) {
  process.env['TZ'] = zone;
  const { components, package: ref } = await publishApplication({ version: null });
  const sums = [...components.map((component) => component.package), ref];
  const offset = new Date(2000, 0, 1).getTimezoneOffset();
  process.stdout.write(`${sums.map(({ sha256 }) => sha256).join(' ')} ${offset}\n`);
}
