import { Webhook } from 'standardwebhooks'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newWebhookSecret, signedHeaders } from './sign.ts'

const nowS = (): number => Math.floor(Date.now() / 1000)

describe('a webhook’s signature', () => {
  it('is what the reference implementation of Standard Webhooks accepts, whatever the body', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.json(), (id, body) => {
        const secret = newWebhookSecret()
        const headers = signedHeaders({ id, timestampS: nowS(), body, secrets: [secret] })
        expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
      }),
    )
  })

  it('satisfies who has the new secret, who still has the old one, and nobody else', () => {
    const [old, next, other] = [newWebhookSecret(), newWebhookSecret(), newWebhookSecret()]
    const body = '{"type":"webhook.test"}'
    const headers = signedHeaders({ id: 'a', timestampS: nowS(), body, secrets: [next, old] })
    for (const secret of [next, old]) expect(new Webhook(secret).verify(body, headers)).toEqual({ type: 'webhook.test' })
    expect(() => new Webhook(other).verify(body, headers)).toThrow('No matching signature')
    expect(() => new Webhook(next).verify(`${body} `, headers)).toThrow('No matching signature')
    expect(() => new Webhook(next).verify(body, { ...headers, 'webhook-id': 'b' })).toThrow('No matching signature')
  })

  it('has a secret of 32 bytes, another each time', () => {
    const secrets = new Set(Array.from({ length: 50 }, newWebhookSecret))
    expect(secrets.size).toBe(50)
    for (const secret of secrets) expect(Buffer.from(secret.replace('whsec_', ''), 'base64')).toHaveLength(32)
  })
})
