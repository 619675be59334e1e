import { cpSync, writeFileSync } from 'node:fs';
import project from '../package.json' with { type: 'json' };
import { packageManifest } from './manifest.ts';

// Run by `npm run pack:client` after the compiler: makes a package of its own of what that wrote.
const root = new URL('../', import.meta.url);
const dist = new URL('dist/', root);
for (const path of ['LICENSE', 'README.md', 'bin/slipway.js', 'definition/schema.json'])
  cpSync(new URL(path, root), new URL(path, dist));
const manifest = JSON.stringify(packageManifest(project), null, 2);
writeFileSync(new URL('package.json', dist), `${manifest}\n`);
