import { createHmac, hkdfSync } from 'node:crypto'
import { seedPath, type BotEvent, type SeedIncoming, type SeedQr, type SeedStatus } from '@zaptria/contract'
import { jidOfPhone } from '@zaptria/core'
import { contactOf } from '../outbox/lanes.ts'

export type Delivery = { what: 'qr'; body: SeedQr } | { what: 'status'; body: SeedStatus } | { what: 'incoming'; body: SeedIncoming }

/** What the dashboard was told last: only entering and leaving `connected` is told. */
export type Told = 'connected' | 'disconnected'

/**
 * An event as the seed's webhooks know it; null for what they do not know, and for what changes nothing for them.
 * @param account the linked account's digits: who writes a message that is `from_me`
 */
export const deliveryOf = (event: BotEvent, told: Told, account: string | null): Delivery | null => {
  const { body, event_id } = event
  switch (body.kind) {
    case 'qr':
      return body.qr_code === null ? null : { what: 'qr', body: { qr_code: body.qr_code, timestamp: event.at, event_id } }
    case 'state': {
      const status = body.state === 'connected' ? 'connected' : 'disconnected'
      if (status === told) return null
      const named = {
        ...(body.number === undefined ? {} : { number: body.number }),
        ...(body.name === undefined ? {} : { name: body.name }),
      }
      const why = status === 'connected' ? {} : { reason: body.reason }
      return { what: 'status', body: { status, ...named, ...why, timestamp: event.at, state: body.state, event_id } }
    }
    case 'message': {
      const contact = contactOf(body)
      return {
        what: 'incoming',
        body: {
          // As whatsapp-web.js has it: who wrote, or the group. A dashboard that does not know from_me sees its own number, not the contact's.
          from: body.from_me ? (account === null ? body.sender : jidOfPhone(account)) : contact,
          // As whatsapp-web.js has it: of one contact's card the card itself.
          body: body.content?.kind === 'contacts' && body.type === 'vcard' ? (body.content.contacts[0]?.vcard ?? '') : body.body,
          timestamp: body.timestamp,
          type: body.type,
          message_id: body.wa_id,
          chat_id: body.from_me ? contact : body.chat_id,
          from_me: body.from_me,
          ...(body.push_name === undefined ? {} : { push_name: body.push_name }),
          ...(body.quoted === undefined ? {} : { quoted: body.quoted }),
          ...(body.media === undefined ? {} : { media: body.media }),
          ...(body.content === undefined ? {} : { content: body.content }),
          event_id,
        },
      }
    }
    case 'pairing_code':
    case 'ack':
    case 'send_result':
    case 'media_failed':
    case 'reaction':
    case 'edit':
    case 'revoke':
    case 'change_result':
    case 'probe':
      return null
    default:
      return body satisfies never
  }
}

/** The address of a webhook below a dashboard's own, which may have a path. */
export const webhookUrl = (dashboardUrl: string, tenantId: string, what: Delivery['what']): string =>
  dashboardUrl.replace(/\/+$/, '') + seedPath(tenantId, what)

/** The secret of the webhooks' signatures, in Standard Webhooks' writing: whoever knows the bot token can derive it. */
export const webhookSecret = (token: string): string =>
  `whsec_${Buffer.from(hkdfSync('sha256', token, '', 'zaptria webhook signature v1', 32)).toString('base64')}`

/** Standard Webhooks 1.0.0 headers. */
export const signatureHeaders = (secret: string, id: string, timestampS: number, body: string): Record<string, string> => {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampS),
    'webhook-signature': `v1,${createHmac('sha256', key).update(`${id}.${timestampS}.${body}`).digest('base64')}`,
  }
}
