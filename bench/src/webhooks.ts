import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { waitFor } from '@zaptria/lab/testing'
import { costOf, costs, makeTenants, overLink, processorTimes, steady } from './load.ts'
import type { Load, Tenant } from './load.ts'
import { startRig } from './rig.ts'
import type { Rig } from './rig.ts'
import type { Setup } from './setup.ts'
import { summarize } from './stats.ts'
import type { Result } from './stats.ts'

/** Messages that wait to be told, before it is counted how fast they are. */
const BACKLOG = 20_000

/**
 * Webhooks per second out of a backlog, one endpoint for each bot; then, at half of that for `minutes`, the time from a contact's message (on the
 * link) to its webhook. Fails when one is missing, comes twice, or overtakes another of its conversation.
 */
export async function webhooks(setup: Setup): Promise<Result[]> {
  await using rig = await startRig(setup, { engine: 'simulated', env: { ZAPTRIA_WEBHOOKS_ALLOW: '127.0.0.1' } })
  const tenants = await makeTenants(rig, setup.bots[0] ?? 1, false)
  await using receiver = await startReceiver()
  for (const [i, { id }] of tenants.entries())
    await rig.api.call('POST', `/tenants/${id}/webhooks`, { url: `${receiver.url}/${i}`, events: ['message.received'] })
  const load = await told(rig, tenants, receiver)
  const label = `${tenants.length} endpoints`

  // Contacts and conversations are made once.
  for (let i = 0; i < BACKLOG; i++) load.offer(performance.now())
  await load.stored()
  const [count, began, before] = [receiver.count(), performance.now(), processorTimes(rig)]
  await load.drained()
  const [delivered, tookMs] = [receiver.count() - count, performance.now() - began]
  const rate = Math.round((delivered / tookMs) * 1000)
  const results = [summarize(`${label}: delivered`, 'webhooks/s', [rate]), ...costs(label, costOf(before, processorTimes(rig), delivered))]
  for (const result of results) setup.progress(JSON.stringify(result))
  load.takeTimes()

  const perSecond = setup.perSecond ?? Math.round(rate / 2)
  const half = await steady(rig, load, perSecond, setup.minutes * 60_000)
  load.close()
  return [
    ...results,
    ...costs(`${label}, at ${perSecond}/s`, half.cost),
    summarize(`${label}: message to webhook at ${perSecond}/s`, 'ms', half.times),
    ...half.around,
  ]
}

type Receiver = AsyncDisposable & { url: string; count(): number; onMessage: (nr: number, chat: string) => void }

/** Answers 204 to whatever comes, at once. */
async function startReceiver(): Promise<Receiver> {
  let count = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('end', () => {
      const { data } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { data: { body: string; conversation_id: string } }
      count += 1
      receiver.onMessage(Number(/\d+/.exec(data.body)?.[0]), data.conversation_id)
      response.writeHead(204).end()
    })
  })
  const listening = once(server, 'listening')
  server.listen(0, '127.0.0.1')
  await listening
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => count,
    onMessage: () => {},
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return receiver
}

/** What is offered over the link, timed to its webhook. `stored`: it is acknowledged, whether told or not. */
async function told(rig: Rig, tenants: Tenant[], receiver: Receiver): Promise<Load & { stored(): Promise<void> }> {
  const link = await overLink(rig, tenants)
  const offeredAt: number[] = []
  const lastIn = new Map<string, number>()
  let times: number[] = []
  let fault: Error | undefined
  receiver.onMessage = (nr, chat) => {
    const at = offeredAt[nr]
    if (at === undefined) fault ??= new Error(`a webhook of message ${nr} came, which nobody offered`)
    else if (nr <= (lastIn.get(chat) ?? -1)) fault ??= new Error(`the webhook of message ${nr} came twice, or too late, in ${chat}`)
    else times.push(performance.now() - at)
    lastIn.set(chat, nr)
  }
  return {
    ...link,
    offer(at) {
      offeredAt[link.sent()] = at
      link.offer(at)
    },
    stored: () => link.drained(),
    async drained() {
      const done = (): boolean => receiver.count() >= link.sent() || fault !== undefined
      await waitFor(done, { timeoutMs: 300_000, everyMs: 5, what: 'every message to be told' })
      if (fault !== undefined) throw fault
    },
    takeTimes() {
      link.takeTimes()
      const taken = times
      times = []
      return taken
    },
  }
}
