#!/usr/bin/env node
import { join } from 'node:path';
import { handOver, root } from './bootstrap.js';

handOver([join(root, 'cli', 'main.ts'), ...process.argv.slice(2)]);
