import {
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
} from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import type { SealedMessage } from '../workflows/contract/activities.ts';

/** As `activities/support/sealed.ts` has it. */
const purpose = 'slipway/sealed/v1';
const tagBytes = 16;
/** Far above what a grant can be: a message from elsewhere must not fill the memory. */
const maxTextBytes = 4 * 1024 * 1024;

/** The one who can open the messages that are sealed to its key. */
export interface SealedReader {
  /** X25519, SPKI DER in base64: what the sender needs. */
  readonly publicKey: string;
  /** @throws Error when the message was sealed to another key or has been changed */
  unseal(message: SealedMessage): string;
}

/** A reader with a fresh key that never leaves this process. */
export function createSealedReader(): SealedReader {
  const own = generateKeyPairSync('x25519');
  const ownPublic = own.publicKey.export({ type: 'spki', format: 'der' });
  return {
    publicKey: ownPublic.toString('base64'),
    unseal({ publicKey, nonce, ciphertext }) {
      const senderPublic = Buffer.from(publicKey, 'base64');
      const sender = createPublicKey({ key: senderPublic, format: 'der', type: 'spki' });
      const secret = diffieHellman({ privateKey: own.privateKey, publicKey: sender });
      const salt = Buffer.concat([senderPublic, ownPublic]);
      const key = Buffer.from(hkdfSync('sha256', secret, salt, purpose, 32));
      const bytes = Buffer.from(ciphertext, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'), {
        authTagLength: tagBytes,
      });
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      const compressed = Buffer.concat([
        decipher.update(bytes.subarray(0, -tagBytes)),
        decipher.final(),
      ]);
      return inflateRawSync(compressed, { maxOutputLength: maxTextBytes }).toString('utf8');
    },
  };
}
