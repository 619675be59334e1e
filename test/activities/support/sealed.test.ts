import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seal } from '../../../activities/support/sealed.ts';
import { createSealedReader } from '../../../client/unseal.ts';
import type { SealedMessage } from '../../../workflows/contract/activities.ts';

test('what is sealed to a key is what its holder reads', () => {
  const reader = createSealedReader();
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 5_000 }), (text) => {
      // A surrogate without its pair is no text that UTF-8 has.
      const whole = text.toWellFormed();
      expect(reader.unseal(seal(whole, reader.publicKey))).toBe(whole);
    }),
  );
});

test('nothing of the text is in the message, and no two messages are alike', () => {
  const reader = createSealedReader();
  const text = 'https://store/logs?X-Amz-Signature=0123456789';
  const [one, other] = [seal(text, reader.publicKey), seal(text, reader.publicKey)];
  const readable = Object.values(one)
    .map((value: string) => `${value} ${Buffer.from(value, 'base64').toString('latin1')}`)
    .join(' ');
  expect(readable).not.toMatch(/Amz|store|0123456789/);
  for (const field of ['publicKey', 'nonce', 'ciphertext'] as const)
    expect(one[field]).not.toBe(other[field]);
});

describe('a message is refused', () => {
  const reader = createSealedReader();
  const message = seal('text', reader.publicKey);
  const flip = (text: string): string => {
    const bytes = Buffer.from(text, 'base64');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    return bytes.toString('base64');
  };

  test('by the holder of another key', () => {
    expect(() => createSealedReader().unseal(message)).toThrow(/authenticat/);
  });

  test.each<[string, Partial<SealedMessage>]>([
    ['its text was changed', { ciphertext: flip(message.ciphertext) }],
    ['its nonce was changed', { nonce: flip(message.nonce) }],
    ['its sender was changed', { publicKey: createSealedReader().publicKey }],
    ['it is too short', { ciphertext: '' }],
  ])('where %s', (_what, change) => {
    expect(() => reader.unseal({ ...message, ...change })).toThrow(/authenticat/);
  });
});

test.each<[string, string]>([
  ['nothing', ''],
  ['no key', Buffer.from('a key').toString('base64')],
  [
    'a key of another kind',
    generateKeyPairSync('ed25519')
      .publicKey.export({ type: 'spki', format: 'der' })
      .toString('base64'),
  ],
])('nothing is sealed to %s', (_what, publicKey) => {
  expect(() => seal('text', publicKey)).toThrow(
    expect.objectContaining({
      type: 'InvalidDefinition',
      nonRetryable: true,
      message: expect.stringContaining('expected an X25519 key'),
    }),
  );
});
