import { setTimeout as delay } from 'node:timers/promises'
import { waitFor } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { roles } from './processes.ts'
import { answersTo, connected, openShop, pair, type Shop } from './shop.ts'
import { startDemo, type System } from './system.ts'

const HEALED_WITHIN_MS = 60_000
type Victim = 'bots' | 'browsers' | 'renderers' | 'controlPlane' | 'postgres'

let system: System
let shop: Shop
const sent: string[] = []

beforeAll(async () => {
  system = await startDemo()
  shop = await openShop(system)
  const { api, tenant } = shop
  await api.call('PATCH', `/tenants/${tenant}/bot`, { pacing: { enabled: false } })
  await api.call('POST', `/tenants/${tenant}/flow/versions`, answersTo('ping', 'pong {{answer}}'))
  await pair(shop)
}, 240_000)

afterAll(async () => {
  await system?.stop()
}, 60_000)

/** What the customer writes; kept, to be compared with what arrived. */
async function write(body: string): Promise<{ seq: number }> {
  const { id, seq } = await shop.lab.sendFromContact({ account: shop.account, contact: shop.contact, body })
  sent.push(id)
  return { seq }
}

async function stored(): Promise<{ incoming: string[]; outgoing: { id: string; status: string }[]; order: string[] }> {
  const conversation = (await shop.api.conversations(shop.tenant)).items[0]
  if (conversation === undefined) return { incoming: [], outgoing: [], order: [] }
  const messages = await shop.api.messages(shop.tenant, conversation.id)
  return {
    incoming: messages.filter((message) => !message.from_me).map((message) => message.wa_id ?? '?'),
    outgoing: messages.filter((message) => message.from_me).map((message) => ({ id: message.wa_id ?? '?', status: message.status })),
    order: messages.map((message) => message.body),
  }
}

describe('a killed part', () => {
  const cases: [Victim, string][] = [
    ['bots', 'the bot'],
    ['browsers', 'its browser'],
    ['renderers', 'its renderer'],
    ['controlPlane', 'the control plane'],
    ['postgres', 'PostgreSQL'],
  ]

  it.each(cases)(
    'kill -9 of %s heals by itself: no new QR, nothing lost, nothing doubled',
    async (victim) => {
      const before = roles(system.pid)[victim][0]
      expect(before, `a running process of ${victim}`).toBeDefined()
      const qrsBefore = (await shop.api.states(shop.tenant)).items.filter(({ state }) => state === 'qr_ready').length

      await write(`antes ${victim}`)
      process.kill(before!.pid, 'SIGKILL')
      const killed = performance.now()
      for (let i = 0; i < 5; i++) {
        await write(`durante ${victim} ${i}`)
        await delay(200)
      }
      const ping = await write('ping')

      // Healed = the answer to what was written in the middle of it reaches the customer.
      await shop.lab.waitForMessage({
        account: shop.account,
        contact: shop.contact,
        body: 'pong',
        after: ping.seq,
        timeoutMs: HEALED_WITHIN_MS,
      })
      expect(performance.now() - killed).toBeLessThan(HEALED_WITHIN_MS)
      await connected(shop, HEALED_WITHIN_MS)
      expect(roles(system.pid)[victim].map(({ pid }) => pid)).not.toContain(before!.pid)

      await waitFor(async () => (await stored()).incoming.length >= sent.length, {
        timeoutMs: 30_000,
        what: 'all that was written to be stored',
      })
      await waitFor(async () => (await stored()).outgoing.every(({ status }) => ['accepted', 'delivered', 'read'].includes(status)), {
        timeoutMs: 30_000,
        what: 'every answer to be accepted',
      })
      const { incoming, outgoing } = await stored()
      expect(incoming).toEqual(sent) // once each, in the order in which they were written
      const received = (await shop.lab.messages({ account: shop.account, contact: shop.contact })).filter(({ fromMe }) => fromMe)
      expect(received.map(({ id }) => id).toSorted()).toEqual(outgoing.map(({ id }) => id).toSorted())
      expect(outgoing).toHaveLength(sent.length / 7)

      const qrsAfter = (await shop.api.states(shop.tenant)).items.filter(({ state }) => state === 'qr_ready').length
      expect(qrsAfter).toBe(qrsBefore)
    },
    180_000,
  )
})
