#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const entry = join(root, 'cli', 'main.ts');
if (existsSync(entry)) {
  const { handOver } = await import('./bootstrap.js');
  handOver([entry, ...process.argv.slice(2)]);
} else {
  process.stderr.write(
    'slipway: this package is the client library alone; the command runs from a checkout of Slipway\n',
  );
  process.exitCode = 2;
}
