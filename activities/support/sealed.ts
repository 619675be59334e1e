import {
  createCipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import type { SealedMessage } from '../../workflows/contract/activities.ts';
import { failure } from '../../workflows/contract/failures.ts';

/** Binds the derived key to its purpose (RFC 5869, `info`); `client/unseal.ts` has the same. */
const purpose = 'slipway/sealed/v1';

/**
 * Encrypts a text for the holder of one X25519 key: workflow histories keep every activity's
 * result, and what is in them must be of no use to their readers. The key pair on this side lives
 * for one message, so that nobody can read it later, this process included.
 *
 * Compressed before: presigned URLs have most of their text in common.
 *
 * @param publicKey the reader's X25519 key, SPKI DER in base64
 * @throws InvalidDefinition (as ApplicationFailure) when `publicKey` is no such key
 */
export function seal(text: string, publicKey: string): SealedMessage {
  const reader = x25519Key(publicKey);
  const own = generateKeyPairSync('x25519');
  const ownPublic = own.publicKey.export({ type: 'spki', format: 'der' });
  const secret = diffieHellman({ privateKey: own.privateKey, publicKey: reader });
  // Both public keys are part of the derivation: the message fits one conversation only.
  const salt = Buffer.concat([ownPublic, reader.export({ type: 'spki', format: 'der' })]);
  const key = Buffer.from(hkdfSync('sha256', secret, salt, purpose, 32));
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const ciphertext = Buffer.concat([
    cipher.update(deflateRawSync(text)),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return {
    publicKey: ownPublic.toString('base64'),
    nonce: nonce.toString('base64'),
    ciphertext: ciphertext.toString('base64'),
  };
}

function x25519Key(publicKey: string): KeyObject {
  try {
    const der = Buffer.from(publicKey, 'base64');
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    if (key.asymmetricKeyType === 'x25519') return key;
  } catch {
    // Told below: OpenSSL's own words are about ASN.1.
  }
  throw failure(
    'InvalidDefinition',
    'the reader’s public key is none: expected an X25519 key, SPKI DER in base64',
  );
}
