/**
 * Digits with country code, as WhatsApp names an account, from what people type: `+55 (11) 98765-4321`, `0055 11 …`, `5511…`.
 * Null when it cannot be one: letters, fewer than 8 digits or more than 15 (E.164), or a leading 0 (a trunk prefix: no country code).
 * A Brazilian ninth digit stays as typed: WhatsApp knows older accounts without it, and only WhatsApp can say which.
 */
export function normalizePhone(text: string): string | null {
  const match = /^(?:\+|00)?([\d\s().\-/]+)$/.exec(text.trim().replaceAll(/[\u00a0\u2009\u202f\u2010-\u2015]/g, ' '))
  const digits = match?.[1]?.replaceAll(/\D/g, '') ?? ''
  return /^[1-9]\d{7,14}$/.test(digits) ? digits : null
}

/** @param phone digits with country code */
export const jidOfPhone = (phone: string): string => `${phone}@c.us`

/** The digits of a phone JID (`…@c.us`, `…@s.whatsapp.net`, with or without `:device`); null for LIDs, groups and the rest. */
export function phoneOfJid(jid: string): string | null {
  return /^(\d{1,20})(?::\d+)?@(?:c\.us|s\.whatsapp\.net)$/.exec(jid)?.[1] ?? null
}

export const isLid = (jid: string): boolean => jid.endsWith('@lid')
export const isGroup = (jid: string): boolean => jid.endsWith('@g.us')
/** A person's chat, under either name; not a group, status, newsletter or broadcast list. */
export const isPerson = (jid: string): boolean => isLid(jid) || phoneOfJid(jid) !== null

/**
 * What a caller of the API gives as `to`, as a chat: digits in any writing, or a JID that can be written to.
 * @returns `<digits>@c.us`, `<digits>@lid`, `<id>@g.us`, or null
 */
export function chatIdOf(to: string): string | null {
  const text = to.trim()
  if (!text.includes('@')) {
    const phone = normalizePhone(text)
    return phone === null ? null : jidOfPhone(phone)
  }
  if (/^\d{5,20}@lid$/.test(text) || /^\d{5,30}(?:-\d{5,20})?@g\.us$/.test(text)) return text
  const phone = normalizePhone(phoneOfJid(text) ?? '')
  return phone === null ? null : jidOfPhone(phone)
}

/** For logs: `5511*****4321`. Enough to tell two customers apart, too little to call one. Short ones are hidden whole. */
export function maskPhone(phone: string): string {
  if (phone.length < 10) return '*'.repeat(phone.length)
  return `${phone.slice(0, 4)}${'*'.repeat(phone.length - 8)}${phone.slice(-4)}`
}

/** For logs: a JID with its user part masked, its server part kept. */
export function maskJid(jid: string): string {
  const at = jid.lastIndexOf('@')
  return at === -1 ? maskPhone(jid) : `${maskPhone(jid.slice(0, at))}${jid.slice(at)}`
}
