import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

/** AES-256-GCM: 12 bytes nonce, 16 bytes tag, the rest. `context` is authenticated, not stored: a sealed value only opens where it belongs. */
export function sealWith(key: Buffer, plain: Buffer, context: string): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body])
}

/** Throws when the key or the context is not the one that it was sealed with, or a bit has changed. */
export function openWith(key: Buffer, sealed: Buffer, context: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12)).setAAD(Buffer.from(context))
  decipher.setAuthTag(sealed.subarray(12, 28))
  return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()])
}

/** Master keys: the first seals, all of them open. Rotating = putting a new one in front. */
export type MasterKeys = { current: { id: string; key: Buffer }; byId: ReadonlyMap<string, Buffer> }

/** Reads `<key>[,<older key>…]`, each 32 bytes as base64 or hex. */
export function parseMasterKeys(text: string): MasterKeys {
  const keys = text.split(',').map((part) => parseKey(part.trim()))
  const [current] = keys
  if (current === undefined) throw new Error('no master key')
  return { current, byId: new Map(keys.map(({ id, key }) => [id, key])) }
}

function parseKey(text: string): { id: string; key: Buffer } {
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64')
  if (key.length !== 32) throw new Error('a master key is 32 bytes, as base64 or hex (make one with: openssl rand -base64 32)')
  return { id: createHash('sha256').update('zaptria master key id').update(key).digest('hex').slice(0, 16), key }
}

/** Keys for one purpose, a master key's under its id: whoever has one of them has neither the master key nor those for anything else. */
export function keysFor({ current, byId }: MasterKeys, purpose: string): MasterKeys {
  const derive = (key: Buffer): Buffer => Buffer.from(hkdfSync('sha256', key, 'zaptria', purpose, 32))
  return {
    current: { id: current.id, key: derive(current.key) },
    byId: new Map([...byId].map(([id, key]) => [id, derive(key)])),
  }
}
