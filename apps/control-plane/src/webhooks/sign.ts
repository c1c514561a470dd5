import { createHmac, randomBytes } from 'node:crypto'
import { WEBHOOK_HEADERS } from '@zaptria/contract'

const PREFIX = 'whsec_'

/** A key of 32 bytes, as Standard Webhooks writes it. */
export const newWebhookSecret = (): string => `${PREFIX}${randomBytes(32).toString('base64')}`

/**
 * The headers of Standard Webhooks 1.0.0: the id, when this attempt was made (Unix seconds), and one signature for each secret, so that a receiver
 * may change over to a new one at any time of the overlap.
 */
export function signedHeaders(o: { id: string; timestampS: number; body: string; secrets: readonly string[] }): Record<string, string> {
  const signatures = o.secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${o.id}.${o.timestampS}.${o.body}`).digest('base64')}`
  })
  return {
    [WEBHOOK_HEADERS.id]: o.id,
    [WEBHOOK_HEADERS.timestamp]: String(o.timestampS),
    [WEBHOOK_HEADERS.signature]: signatures.join(' '),
  }
}
