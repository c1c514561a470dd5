import { createHash, randomBytes, randomInt } from 'node:crypto'

/** The id that WhatsApp Web gives its messages: `3EB0` and 18 hex digits. Phones use 32 digits. */
export const newMessageId = (by: 'web' | 'phone'): string => (by === 'web' ? `3EB0${hex(9)}` : hex(16))

const hex = (bytes: number): string => randomBytes(bytes).toString('hex').toUpperCase()

export const newSecret = (): string => randomBytes(24).toString('base64url')

/** As long as WhatsApp's, so that nobody mistakes one for a phone. */
export const newLid = (): string => `${randomInt(100_000_000, 280_000_000)}${randomInt(100_000, 999_999)}`

/** The reference inside a QR. */
export const newRef = (): string => `2@${randomBytes(96).toString('base64')}`

const codeAlphabet = '123456789ABCDEFGHJKLMNPQRSTVWXYZ'
export const newPairingCode = (): string => Array.from({ length: 8 }, () => codeAlphabet[randomInt(codeAlphabet.length)]).join('')

export const newGroupId = (): string => `1203630${randomInt(1_000_000, 9_999_999)}${randomInt(1000, 9999)}@g.us`

export const filehash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64')

export type Jid = { user: string; server: 'c.us' | 'lid' | 'g.us' }

/** Reads `<digits>@<server>`; WhatsApp's other spelling of `c.us` is `s.whatsapp.net`. */
export const parseJid = (id: string): Jid => {
  const match = /^(\d[\d-]*)(?::\d+)?@(c\.us|s\.whatsapp\.net|lid|g\.us)$/.exec(id)
  if (!match) throw new Error(`not a WhatsApp id: ${JSON.stringify(id)}`)
  const [, user = '', server] = match
  return { user, server: server === 's.whatsapp.net' ? 'c.us' : (server as Jid['server']) }
}
