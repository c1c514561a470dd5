import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { waitFor } from '@zaptria/lab/testing'
import { costOf, costs, makeTenants, overLink, processorTimes, steady } from './load.ts'
import type { Load, Tenant } from './load.ts'
import { startRig } from './rig.ts'
import type { Rig } from './rig.ts'
import { seedBot } from './seed-bot.ts'
import type { Setup } from './setup.ts'
import { summarize } from './stats.ts'
import type { Result } from './stats.ts'

/** Segments of 16 MB: as much of its log as PostgreSQL keeps to write over (`min_wal_size`). */
const LOG_SEGMENTS = 60
/** As fast as it is taken, for so long. */
const FULL_MS = 20_000
/** Our endpoints take 50 a second from one bot. */
const SEED_EVERY_MS = 22
const SEED_AT_ONCE = 8

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
    await fillLog(rig)
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
      ...half.slices.map(({ name, times }) => summarize(`${label}: acknowledged at ${perSecond}/s, ${name}`, 'ms', times)),
      ...half.around,
    ]
    results.push(...atHalf)
    load.close()
    await allThere(rig, load.sent(), way.flow)
    for (const result of atHalf) setup.progress(JSON.stringify(result))
  }
  return results
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

/**
 * PostgreSQL's log is written over, not made anew, as in any database but one in its first minutes under load: new files keep commits waiting for
 * the file system.
 */
async function fillLog({ databaseUrl }: Rig): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    // As it is shipped, new segments are left without blocks.
    await client.query('set wal_init_zero = on')
    for (let made = 0; made < LOG_SEGMENTS; made++) await client.query(`select pg_logical_emit_message(true, 'bench', ''), pg_switch_wal()`)
    await client.query('checkpoint')
  } finally {
    await client.end()
  }
}
