import type { BotQr } from '@zaptria/contract'

/** What a look at a bot that is being paired means for the person who waits. */
export type Look =
  | { is: 'connected' }
  | { is: 'over'; why: string; hint: string }
  | { is: 'qr'; qr: string; expiresAt: string | null }
  | { is: 'code'; code: string }
  | { is: 'waiting'; what: string }

/** Step by step, as WhatsApp goes about it. */
export function lookAt({ state, qr_code: qr, pairing_code: code, expires_at: expiresAt }: BotQr): Look {
  switch (state) {
    case 'connected':
      return { is: 'connected' }
    case 'banned':
      return {
        is: 'over',
        why: 'WhatsApp has banned this number.',
        hint: 'Ask for a review in WhatsApp on the phone, or pair another number.',
      }
    case 'qr_ready':
      if (code !== null) return { is: 'code', code }
      return qr === null ? { is: 'waiting', what: 'a new QR is made …' } : { is: 'qr', qr, expiresAt }
    case 'passkey_required':
      return { is: 'waiting', what: 'WhatsApp asks for a passkey: confirm it on the phone …' }
    case 'pairing':
      return { is: 'waiting', what: 'scanned, the phone links …' }
    case 'syncing':
      return { is: 'waiting', what: 'linked, the conversations come …' }
    case 'starting':
      return { is: 'waiting', what: 'the bot starts …' }
    case 'reconnecting':
    case 'conflict':
    case 'logged_out':
    case 'failed':
      return { is: 'waiting', what: `${state} …` }
    default:
      return state satisfies never
  }
}
