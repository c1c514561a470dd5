import { isLid, phoneOfJid } from '@zaptria/core'

/** WhatsApp names one account in several ways: `…@s.whatsapp.net`, `…:device@…`. */
export function sameJid(jid: string): string {
  const phone = phoneOfJid(jid)
  if (phone !== null) return `${phone}@c.us`
  return isLid(jid) ? jid.replace(/:\d+@/, '@') : jid
}
