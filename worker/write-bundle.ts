import { writeFile } from 'node:fs/promises';
import { DefaultLogger } from '@temporalio/worker';
import { bundleWorkflows } from './bundle.ts';

// `node worker/write-bundle.ts FILE`: for an image, whose workers then need no compiler.
const [, , file] = process.argv;
if (file === undefined) throw new Error('usage: node worker/write-bundle.ts FILE');
const { code } = await bundleWorkflows(new DefaultLogger('WARN'));
await writeFile(file, code);
