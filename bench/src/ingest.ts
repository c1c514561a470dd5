import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { FlowInput } from '@zaptria/contract'
import pg from 'pg'
import { waitFor } from '@zaptria/lab/testing'
import { below, processes, processorSeconds } from './processes.ts'
import { linkBot } from './linked-bot.ts'
import type { LinkedBot } from './linked-bot.ts'
import { startRig } from './rig.ts'
import type { Rig } from './rig.ts'
import { seedBot } from './seed-bot.ts'
import type { Setup } from './setup.ts'
import { summarize } from './stats.ts'
import type { Result } from './stats.ts'

/** As fast as it is taken, for so long. */
const FULL_MS = 20_000
/** Kept waiting per bot while measuring how much is taken: always another frame's worth. */
const AHEAD = 1_000
const CHATS_PER_BOT = 50
/** Our endpoints take 50 a second from one bot. */
const SEED_EVERY_MS = 22
const SEED_AT_ONCE = 8
const TICK_MS = 10
const RSS_EVERY_MS = 5_000

/** One reply to every message. */
const ANSWER: FlowInput = {
  format: 1,
  name: 'Answer',
  trigger: { type: 'any' },
  start: 'answer',
  nodes: { answer: { type: 'text', text: 'Obrigado! Recebemos: {{answer}}' } },
  loop_after_answers: null,
}

type Tenant = { id: string; token: string; chats: string[] }

/**
 * Messages per second that are stored, each with the reply row that a flow writes, and the time to their acknowledgement at half that load:
 * over the link, over the link without a flow, and one POST each as foreign bots do. Half the load goes on for `minutes`, and the control
 * plane's memory is watched. Fails when a message or a reply is missing or doubled.
 */
export async function ingest(setup: Setup): Promise<Result[]> {
  const results: Result[] = []
  const bots = setup.bots[0] ?? 1
  for (const way of [
    { name: 'link, flow', flow: true, measure: overLink },
    { name: 'link, no flow', flow: false, measure: overLink },
    { name: 'webhook, flow', flow: true, measure: overSeed },
  ] as const) {
    if (setup.only !== undefined && !way.name.startsWith(setup.only)) continue
    await using rig = await startRig(setup, { engine: 'simulated' })
    const tenants = await makeTenants(rig, bots, way.flow)
    const load = await way.measure(rig, tenants)
    const label = `${way.name}, ${bots} bots`
    const { rate, cost } = await full(rig, load)
    results.push(summarize(`${label}: stored`, 'messages/s', [rate]))
    results.push(...costs(label, cost))
    for (const result of results.slice(-4)) setup.progress(JSON.stringify(result))
    const perSecond = setup.perSecond ?? Math.round(rate / 2)
    const half = await steady(rig, load, perSecond, setup.minutes * 60_000)
    const atHalf = [
      ...costs(`${label}, at ${perSecond}/s`, half.cost),
      summarize(`${label}: acknowledged at ${perSecond}/s`, 'ms', half.times),
    ]
    results.push(...atHalf, ...half.memory)
    load.close()
    await allThere(rig, load.sent(), way.flow)
    for (const result of [...atHalf, ...half.memory]) setup.progress(JSON.stringify(result))
  }
  return results
}

/** One way in, to be filled to the brim or at a rate. */
type Load = {
  /** As much as is taken, until told to stop. */
  flood(until: number): Promise<void>
  offer(at: number): void
  /** All that was offered is acknowledged. */
  drained(): Promise<void>
  /** Acknowledgements so far. */
  acknowledged(): number
  takeTimes(): number[]
  sent(): number
  close(): void
}

/** Messages per second, and the processor's milliseconds that a thousand of them cost. */
async function full(rig: Rig, load: Load): Promise<{ rate: number; cost: Record<string, number> }> {
  // Contacts and conversations are made once.
  await load.flood(performance.now() + FULL_MS / 5)
  await load.drained()
  const [count, began, before] = [load.acknowledged(), performance.now(), processorTimes(rig)]
  await load.flood(began + FULL_MS)
  const [stored, tookMs, after] = [load.acknowledged() - count, performance.now() - began, processorTimes(rig)]
  await load.drained()
  load.takeTimes()
  return { rate: Math.round((stored / tookMs) * 1000), cost: costOf(before, after, stored) }
}

/** The processor's milliseconds of each side for a thousand messages. */
function costOf(before: Record<string, number>, after: Record<string, number>, messages: number): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([who, seconds]) => [who, ((seconds - (before[who] ?? 0)) * 1e6) / messages]))
}

const costs = (label: string, cost: Record<string, number>): Result[] =>
  Object.entries(cost).map(([who, ms]) => summarize(`${label}: ${who}`, 'cpu ms/1000', [ms]))

function processorTimes(rig: Rig): Record<string, number> {
  const postgres = below(process.pid, processes()).filter(({ command }) => command.startsWith('postgres') || command.includes('/postgres '))
  return {
    'control plane': processorSeconds(rig.controlPlane().pid ?? 0),
    postgresql: postgres.reduce((sum, { pid }) => sum + processorSeconds(pid), 0),
    'load generator': (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
  }
}

/** Messages on the clock: `perSecond`, whether or not the last ones were answered. */
async function steady(
  rig: Rig,
  load: Load,
  perSecond: number,
  forMs: number,
): Promise<{ times: number[]; cost: Record<string, number>; memory: Result[] }> {
  const [began, before] = [performance.now(), processorTimes(rig)]
  const memory: { at: number; mb: number }[] = []
  const times: number[] = []
  let offered = 0
  while (performance.now() - began < forMs) {
    const due = ((performance.now() - began) / 1000) * perSecond
    for (; offered < due; offered++) load.offer(began + (offered / perSecond) * 1000)
    await delay(TICK_MS)
    if (performance.now() - began >= memory.length * RSS_EVERY_MS)
      memory.push({ at: performance.now() - began, mb: rssBytes(rig.controlPlane().pid ?? 0) / 1e6 })
    if (times.length < 1_000_000) for (const time of load.takeTimes()) times.push(time)
  }
  await load.drained()
  for (const time of load.takeTimes()) times.push(time)
  return { times, cost: costOf(before, processorTimes(rig), offered), memory: rssResults(memory, forMs) }
}

/** Of a run of more than ten minutes, minutes 5 to 10 and the last 5 apart: what leaks shows there. */
function rssResults(looks: { at: number; mb: number }[], forMs: number): Result[] {
  const between = (from: number, to: number): number[] => looks.filter(({ at }) => at >= from && at < to).map(({ mb }) => mb)
  const minute = 60_000
  if (forMs <= 10 * minute) return [summarize('control plane’s RSS', 'MB', between(0, Infinity))]
  return [
    summarize('control plane’s RSS, minutes 5 to 10', 'MB', between(5 * minute, 10 * minute)),
    summarize('control plane’s RSS, last 5 minutes', 'MB', between(forMs - 5 * minute, Infinity)),
  ]
}

const rssBytes = (pid: number): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024

/** Tenants whose bots are ours to play: wanted, but not run here. */
async function makeTenants({ api, setup }: Rig, count: number, flow: boolean): Promise<Tenant[]> {
  const tenants: Tenant[] = []
  for (let index = 0; index < count; index++) {
    const { id } = await api.createTenant(`Bench ${index}`)
    if (flow) await api.publish(id, ANSWER)
    await api.pay(id)
    await api.call('POST', `/tenants/${id}/bot/stop`)
    const { bot_token: token } = await api.call<{ bot_token: string }>('POST', `/tenants/${id}/bot/token`)
    const chats = Array.from({ length: CHATS_PER_BOT }, (_, i) => `${5_511_800_000_000 + index * 1000 + i}@c.us`)
    tenants.push({ id, token, chats })
    // Keys may call 60 times a second.
    await delay(100)
  }
  setup.progress(`${count} tenants made`)
  return tenants
}

async function overLink({ api }: Rig, tenants: Tenant[]): Promise<Load> {
  const bots: LinkedBot[] = []
  for (const tenant of tenants) bots.push(await linkBot(api.url, tenant.id, tenant.token))
  let sent = 0
  const open = (): number => bots.reduce((sum, bot) => sum + bot.open, 0)
  const offer = (at: number): void => {
    const which = sent % bots.length
    const { chats } = tenants[which]!
    bots[which]!.offer(chats[Math.floor(sent / bots.length) % chats.length]!, `Quanto custa o bolo número ${sent}?`, at)
    sent += 1
  }
  return {
    async flood(until) {
      while (performance.now() < until) {
        while (open() < AHEAD * bots.length && performance.now() < until) offer(performance.now())
        await delay(1)
      }
    },
    offer,
    drained: async () =>
      void (await waitFor(() => open() === 0, { timeoutMs: 120_000, everyMs: 5, what: 'every message to be acknowledged' })),
    acknowledged: () => sent - open(),
    takeTimes: () => bots.flatMap((bot) => bot.takeTimes()),
    sent: () => sent,
    close: () => bots.forEach((bot) => bot.close()),
  }
}

async function overSeed({ api }: Rig, tenants: Tenant[]): Promise<Load> {
  const bots = tenants.map((tenant) => ({ ...tenant, bot: seedBot(api.url, tenant.id, tenant.token), lastAt: 0 }))
  let sent = 0
  let open = 0
  let failure: unknown
  let times: number[] = []
  const post = async (which: number, at: number): Promise<void> => {
    const { bot, chats } = bots[which % bots.length]!
    const chat = chats[Math.floor(sent / bots.length) % chats.length]!
    sent += 1
    open += 1
    await bot.post(chat, `Quanto custa o bolo número ${sent}?`).catch((error: unknown) => (failure ??= error))
    open -= 1
    times.push(performance.now() - at)
  }
  const check = (): void => {
    if (failure !== undefined) throw failure
  }
  return {
    async flood(until) {
      const lane = async (which: number): Promise<void> => {
        while (performance.now() < until) {
          await post(which, performance.now())
          await delay(Math.max(0, SEED_EVERY_MS * SEED_AT_ONCE - (times.at(-1) ?? 0)))
        }
      }
      await Promise.all(bots.flatMap((_, which) => Array.from({ length: SEED_AT_ONCE }, () => lane(which))))
      check()
    },
    offer: (at) => void post(sent, at),
    async drained() {
      await waitFor(() => open === 0, { timeoutMs: 120_000, everyMs: 5, what: 'every POST to be answered' })
      check()
    },
    acknowledged: () => sent - open,
    takeTimes() {
      const taken = times
      times = []
      return taken
    },
    sent: () => sent,
    close: () => bots.forEach(({ bot }) => bot.close()),
  }
}

/** What was acknowledged is there, once, with one reply each. */
async function allThere({ databaseUrl }: Rig, sent: number, flow: boolean): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ came: string; replies: string }>(
      `select count(*) filter (where not from_me) as came, count(*) filter (where from_me) as replies from messages`,
    )
    const [came, replies] = [Number(rows[0]?.came), Number(rows[0]?.replies)]
    if (came !== sent || replies !== (flow ? sent : 0))
      throw new Error(`${sent} messages were sent, ${came} are stored, ${replies} replies`)
  } finally {
    await client.end()
  }
}
