import { setTimeout as delay } from 'node:timers/promises'
import { waitFor } from '@zaptria/lab/testing'
import { expect } from 'vitest'
import { answersTo, connected, pair, type Shop } from './shop.ts'

export const HEALED_WITHIN_MS = 60_000
/** While a part is broken, and after: what is written is stored, and what is asked is answered. */
const DURING = 5

/** A shop that is paired, and answers only when it is asked: other traffic can be counted. */
export async function readyForTraffic(shop: Shop): Promise<void> {
  const { api, tenant } = shop
  await api.call('PATCH', `/tenants/${tenant}/bot`, { pacing: { enabled: false } })
  await api.call('POST', `/tenants/${tenant}/flow/versions`, answersTo('ping', 'pong {{answer}}'))
  await pair(shop)
}

/** The ledger of what a customer wrote and got, against what is stored. */
export class Ledger {
  readonly #shop: Shop
  readonly #sent: string[] = []
  #pings = 0

  constructor(shop: Shop) {
    this.#shop = shop
  }

  async write(body: string): Promise<{ seq: number }> {
    const { account, contact } = this.#shop
    const { id, seq } = await this.#shop.lab.sendFromContact({ account, contact, body })
    this.#sent.push(id)
    if (body === 'ping') this.#pings += 1
    return { seq }
  }

  async #stored(): Promise<{ incoming: string[]; outgoing: { id: string; status: string }[] }> {
    const conversation = (await this.#shop.api.conversations(this.#shop.tenant)).items[0]
    if (conversation === undefined) return { incoming: [], outgoing: [] }
    const messages = await this.#shop.api.messages(this.#shop.tenant, conversation.id)
    return {
      incoming: messages.filter((message) => !message.from_me).map((message) => message.wa_id ?? '?'),
      outgoing: messages.filter((message) => message.from_me).map((message) => ({ id: message.wa_id ?? '?', status: message.status })),
    }
  }

  /** Each message stored once, in the order in which it was written; each question answered once; every answer taken by WhatsApp. */
  async balance(): Promise<void> {
    const { account, contact, lab } = this.#shop
    await waitFor(async () => (await this.#stored()).incoming.length >= this.#sent.length, {
      timeoutMs: 30_000,
      what: 'all that was written to be stored',
    })
    await waitFor(async () => (await this.#stored()).outgoing.every(({ status }) => ['accepted', 'delivered', 'read'].includes(status)), {
      timeoutMs: 30_000,
      what: 'every answer to be accepted',
    })
    const { incoming, outgoing } = await this.#stored()
    expect(incoming).toEqual(this.#sent)
    const received = (await lab.messages({ account, contact })).filter(({ fromMe }) => fromMe)
    expect(received.map(({ id }) => id).toSorted()).toEqual(outgoing.map(({ id }) => id).toSorted())
    expect(outgoing).toHaveLength(this.#pings)
  }
}

/** Breaks something under traffic: it heals by itself within a minute, without a new QR, with nothing lost and nothing doubled. */
export async function expectHealed(
  shop: Shop,
  ledger: Ledger,
  { name, hurt, withinMs = HEALED_WITHIN_MS }: { name: string; hurt: () => Promise<void> | void; withinMs?: number },
): Promise<void> {
  const qrs = async (): Promise<number> => (await shop.api.states(shop.tenant)).items.filter(({ state }) => state === 'qr_ready').length
  const before = await qrs()
  await ledger.write(`antes ${name}`)
  await hurt()
  const hurtAt = performance.now()
  for (let i = 0; i < DURING; i++) {
    await ledger.write(`durante ${name} ${i}`)
    await delay(200)
  }
  const ping = await ledger.write('ping')
  // Healed = the answer to what was written in the middle of it reaches the customer.
  await shop.lab.waitForMessage({ account: shop.account, contact: shop.contact, body: 'pong', after: ping.seq, timeoutMs: withinMs })
  expect(performance.now() - hurtAt).toBeLessThan(withinMs)
  await connected(shop, withinMs)
  await ledger.balance()
  expect(await qrs()).toBe(before)
}
