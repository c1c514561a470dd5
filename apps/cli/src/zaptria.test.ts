import type { Alert, ApiKey, Conversation, Message, Tenant, WebhookDelivery, WebhookEndpoint } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openZaptria } from './testing/zaptria.ts'
import type { Zaptria } from './testing/zaptria.ts'

let zaptria: Zaptria
beforeAll(async () => {
  zaptria = await openZaptria()
  const { shop } = zaptria
  // A bot of the customer's own, so that there are conversations without a WhatsApp.
  await zaptria.call<Tenant>('POST', '/tenants', {
    name: 'Padaria da Praça',
    subscription: 'paid',
    transport: 'http',
    public_url: shop.url,
  })
}, 120_000)
afterAll(() => zaptria?.[Symbol.asyncDispose]())

const has = (text: string): string => expect.stringContaining(text) as string

describe('zaptria api-keys', () => {
  it('makes a key that works, tells it from others, and takes it away after asking', async () => {
    const { code, out } = await zaptria.type(['api-keys', 'create', 'Site da loja'])
    const key = out.trim()
    expect([code, key]).toEqual([0, expect.stringMatching(/^zap_live_[a-z0-9]{8}_[\w-]{43}$/) as string])
    const prefix = key.slice(0, 'zap_live_12345678'.length)
    expect((await zaptria.type(['api-keys', 'list'])).out).toMatch(new RegExp(`^\\S{36} +${prefix} +\\S+ +never +Site da loja$`, 'm'))

    expect(await zaptria.type(['api-keys', 'revoke', 'Site da loja'])).toMatchObject({ code: 1, err: has('say --yes') })
    expect(await zaptria.type(['api-keys', 'revoke', 'Site da loja'], 'n')).toMatchObject({ code: 1, err: has('Nothing was done') })
    expect(await zaptria.type(['api-keys', 'revoke', 'Site'], 'y')).toMatchObject({ code: 1, err: has('There is no API key "Site"') })
    expect(await zaptria.type(['api-keys', 'revoke', prefix], 'y')).toMatchObject({ code: 0, out: 'Site da loja is revoked.\n' })
    expect((await zaptria.json<ApiKey[]>('api-keys', 'list')).map(({ prefix: one }) => one)).not.toContain(prefix)
  })

  it('guesses nothing between two of the same name', async () => {
    const [one, other] = [
      await zaptria.json<ApiKey>('api-keys', 'create', 'dois'),
      await zaptria.json<ApiKey>('api-keys', 'create', 'dois'),
    ]
    expect(await zaptria.type(['api-keys', 'revoke', 'dois', '--yes'])).toMatchObject({ code: 1, err: has('2 API keys are called "dois"') })
    for (const { id } of [one, other]) expect(await zaptria.type(['api-keys', 'revoke', id, '--yes'])).toMatchObject({ code: 0 })
  })
})

describe('zaptria conversations and messages', () => {
  it('tell with whom a bot talks, and what was said', async () => {
    const sent = await zaptria.json<Message>('send', 'praça', '5511912345678', 'O pão saiu do forno.')
    const list = await zaptria.type(['conversations', 'list', 'praça'])
    expect(list.out).toMatch(/^ID +CHANGED +ANSWERS +UNREAD +WITH +LAST$/m)
    expect(list.out).toMatch(new RegExp(`^${sent.conversation_id} +\\S+ +bot +0 +5511912345678 +> O pão saiu do forno\\.$`, 'm'))
    expect(await zaptria.json<Conversation[]>('conversations', 'list', 'praça', '--search', '999')).toEqual([])
    for (const said of [sent.conversation_id, '+5511912345678', '12345678'])
      expect((await zaptria.type(['messages', 'list', 'praça', said])).out).toMatch(/^\S+Z {2}> O pão saiu do forno\. {2}\[api, \w+\]$/m)
    await zaptria.json<Message>('send', 'praça', '5511912345679', 'Oi')
    expect(await zaptria.type(['messages', 'list', 'praça', '1234567'])).toMatchObject({ code: 1, err: has('2 conversations could be') })
    expect(await zaptria.type(['messages', 'list', 'praça', 'ninguém'])).toMatchObject({ code: 1, err: has('no conversation with') })
  })
})

describe('zaptria webhooks and alerts', () => {
  it('make a webhook, try it, see what failed, send it again, and settle the alert', async () => {
    const { shop } = zaptria
    expect(await zaptria.type(['webhooks', 'test', 'praça'])).toMatchObject({ code: 1, err: has('Make one: zaptria webhooks create') })
    expect(await zaptria.type(['webhooks', 'create', 'praça', `${shop.url}/in`, '--event', 'message.reseived'])).toMatchObject({
      code: 2,
      err: has('one of message.received'),
    })
    const made = await zaptria.type(['webhooks', 'create', 'praça', `${shop.url}/in`, '--event', 'bot.state', '--event', 'message.status'])
    expect([made.code, made.err]).toEqual([0, ''])
    expect(made.out).toMatch(/^Secret +whsec_\S+$/m)
    expect(made.out).toMatch(/^Tells +bot\.state, message\.status$/m)

    expect(await zaptria.type(['webhooks', 'test', 'praça', '--wait', '30'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+ {2}succeeded\n$/) as string,
    })
    expect(shop.seen.at(-1)).toMatchObject({ path: '/in', body: { type: 'webhook.test' } })

    shop.answers = 410
    const gone = await zaptria.type(['webhooks', 'test', 'praça', '--wait', '30'])
    expect([gone.code, gone.out]).toEqual([1, expect.stringMatching(/410/) as string])
    await waitFor(async () => /off: gone/.test((await zaptria.type(['webhooks', 'list', 'praça'])).out), { what: 'the webhook to be off' })
    const [failed] = await zaptria.json<WebhookDelivery[]>('webhooks', 'deliveries', 'praça', '--limit', '1')
    expect(failed?.type).toBe('webhook.test')

    const [alert] = await zaptria.json<Alert[]>('alerts', 'list')
    expect(alert).toMatchObject({ kind: 'webhook_disabled', tenant_name: 'Padaria da Praça' })
    expect((await zaptria.type(['alerts', 'list'])).out).toMatch(/^\S{36} +\w+ +\S+ +1 +webhook_disabled +Padaria da Praça/m)
    expect(await zaptria.type(['alerts', 'resolve', alert!.id])).toMatchObject({
      code: 0,
      out: 'webhook_disabled of Padaria da Praça is resolved.\n',
    })
    expect((await zaptria.type(['alerts', 'list'])).out).toBe('No alerts.\n')
    expect((await zaptria.json<Alert[]>('alerts', 'list', '--resolved')).map(({ id }) => id)).toEqual([alert!.id])
    expect(await zaptria.type(['alerts', 'list', '--resolved', '--all'])).toMatchObject({ code: 2, err: has('give one of them') })
    expect(await zaptria.type(['alerts', 'resolve', 'abc'])).toMatchObject({ code: 2, err: has('an id is needed') })

    shop.answers = 200
    expect(await zaptria.type(['webhooks', 'replay', 'praça'])).toMatchObject({ code: 1, err: has('switched off') })
    expect(await zaptria.type(['webhooks', 'on', 'praça', '/in'])).toMatchObject({ code: 0, out: has('is told again') })
    expect(await zaptria.type(['webhooks', 'replay', 'praça', '--delivery', failed!.id])).toMatchObject({ code: 0 })
    const settled = async (): Promise<boolean> =>
      (await zaptria.json<WebhookDelivery[]>('webhooks', 'deliveries', 'praça', '--status', 'succeeded')).some(
        ({ id }) => id === failed!.id,
      )
    await waitFor(settled, { what: 'the delivery to be taken' })
    expect(await zaptria.type(['webhooks', 'replay', 'praça'])).toMatchObject({ code: 0, out: 'Nothing has failed.\n' })

    const before = made.out.match(/whsec_\S+/)![0]
    const rotated = await zaptria.type(['webhooks', 'secret', 'praça', '--yes'])
    expect(rotated.out).toMatch(/^whsec_\S+\n$/)
    expect(rotated.out).not.toContain(before)

    await zaptria.json<WebhookEndpoint>('webhooks', 'create', 'praça', `${shop.url}/other`)
    expect(await zaptria.type(['webhooks', 'off', 'praça'])).toMatchObject({ code: 1, err: has('2 webhooks could be meant') })
    expect(await zaptria.type(['webhooks', 'off', 'praça', 'other'])).toMatchObject({ code: 0, out: has('is told nothing') })
    expect(await zaptria.type(['webhooks', 'remove', 'praça', 'other', '--yes'])).toMatchObject({ code: 0, out: has('is removed') })
    expect((await zaptria.json<WebhookEndpoint[]>('webhooks', 'list', 'praça')).map(({ url }) => url)).toEqual([`${shop.url}/in`])
  }, 120_000)
})
