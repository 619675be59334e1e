import { expect, test } from 'vitest';
import { SettingsError } from '../../worker/config.ts';
import { contextStep } from '../../worker/context-step.ts';
import { createInMemoryRegistry } from '../support/in-memory-registry.ts';

const reference = 'registry.test:5000/node:24';
const digest = `sha256:${'a'.repeat(64)}`;

test('the image is pinned, and the program is the one that is tested', async () => {
  const registry = createInMemoryRegistry();
  registry.images.set(reference, digest);
  const step = await contextStep({ SLIPWAY_CONTEXT_IMAGE: reference }, registry);
  expect(step.image).toBe(`registry.test:5000/node@${digest}`);
  expect(step.program).toContain('CONTEXT_DIGEST');
});

test('an image that its registry does not serve is told with what to do', async () => {
  const step = contextStep({ SLIPWAY_CONTEXT_IMAGE: reference }, createInMemoryRegistry());
  await expect(step).rejects.toThrow(SettingsError);
  await expect(step).rejects.toThrow(`${reference} does not serve it: set SLIPWAY_CONTEXT_IMAGE`);
});
