import { mkdir, writeFile } from 'node:fs/promises';
import { builderFlagsDocument } from './builder-flags-doc.ts';
import { failuresDocument } from './failures-doc.ts';
import { metricsDocument } from './telemetry/metrics-doc.ts';
import { settingsDocument } from './settings-doc.ts';

// Run by `npm run docs`; a test compares the files with what is written here.
const docs = new URL('../docs/', import.meta.url);
await mkdir(docs, { recursive: true });
await writeFile(new URL('settings.md', docs), settingsDocument());
await writeFile(new URL('metrics.md', docs), metricsDocument());
await writeFile(new URL('failures.md', docs), failuresDocument());
await writeFile(new URL('builder-flags.md', docs), builderFlagsDocument());
