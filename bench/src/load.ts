import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { FlowInput } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import { linkBot } from './linked-bot.ts'
import type { LinkedBot } from './linked-bot.ts'
import { below, processes, processorSeconds } from './processes.ts'
import type { Rig } from './rig.ts'
import { summarize } from './stats.ts'
import type { Result } from './stats.ts'

/** Kept waiting per bot while measuring how much is taken: always another frame's worth. */
const AHEAD = 1_000
const CHATS_PER_BOT = 50
const TICK_MS = 10
const RSS_EVERY_MS = 5_000

export type Tenant = { id: string; token: string; chats: string[] }

/** One way in, to be filled to the brim or at a rate. */
export type Load = {
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

/** One reply to every message. */
const ANSWER: FlowInput = {
  format: 1,
  name: 'Answer',
  trigger: { type: 'any' },
  start: 'answer',
  nodes: { answer: { type: 'text', text: 'Obrigado! Recebemos: {{answer}}' } },
  loop_after_answers: null,
}

/** Tenants whose bots are ours to play: wanted, but not run here. */
export async function makeTenants({ api, setup }: Rig, count: number, flow: boolean): Promise<Tenant[]> {
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

export async function overLink({ api }: Rig, tenants: Tenant[]): Promise<Load> {
  const bots: LinkedBot[] = []
  for (const tenant of tenants) bots.push(await linkBot(api.url, tenant.id, tenant.token))
  let sent = 0
  const unanswered = (): number => bots.reduce((sum, bot) => sum + bot.open, 0)
  const offer = (at: number): void => {
    const which = sent % bots.length
    const { chats } = tenants[which]!
    bots[which]!.offer(chats[Math.floor(sent / bots.length) % chats.length]!, `Quanto custa o bolo número ${sent}?`, at)
    sent += 1
  }
  return {
    async flood(until) {
      while (performance.now() < until) {
        while (unanswered() < AHEAD * bots.length && performance.now() < until) offer(performance.now())
        await delay(1)
      }
    },
    offer,
    drained: async () =>
      void (await waitFor(() => unanswered() === 0, { timeoutMs: 120_000, everyMs: 5, what: 'every message to be acknowledged' })),
    acknowledged: () => sent - unanswered(),
    takeTimes: () => bots.flatMap((bot) => bot.takeTimes()),
    sent: () => sent,
    close: () => bots.forEach((bot) => bot.close()),
  }
}

/** The processor's milliseconds of each side for a thousand messages. */
export function costOf(before: Record<string, number>, after: Record<string, number>, messages: number): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([who, seconds]) => [who, ((seconds - (before[who] ?? 0)) * 1e6) / messages]))
}

export const costs = (label: string, cost: Record<string, number>): Result[] =>
  Object.entries(cost).map(([who, ms]) => summarize(`${label}: ${who}`, 'cpu ms/1000', [ms]))

export function processorTimes(rig: Rig): Record<string, number> {
  const postgres = below(process.pid, processes()).filter(({ command }) => command.startsWith('postgres') || command.includes('/postgres '))
  return {
    'control plane': processorSeconds(rig.controlPlane().pid ?? 0),
    postgresql: postgres.reduce((sum, { pid }) => sum + processorSeconds(pid), 0),
    'load generator': (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
  }
}

const MINUTE_MS = 60_000
const SLICE_MS = 5 * MINUTE_MS

export type Steady = {
  times: number[]
  /** Of a run of more than five minutes, each five minutes by themselves. */
  slices: { name: string; times: number[] }[]
  cost: Record<string, number>
  /** The control plane's memory, how long the disk took for a small write meanwhile (what it is slow at, everything on it is), and what PostgreSQL wrote. */
  around: Result[]
}

/** Messages on the clock: `perSecond`, whether or not the last ones were answered. */
export async function steady(rig: Rig, load: Load, perSecond: number, forMs: number): Promise<Steady> {
  const logBefore = await writtenLog(rig)
  const [began, before] = [performance.now(), processorTimes(rig)]
  const memory: { at: number; mb: number }[] = []
  const writes: number[] = []
  const taken: number[][] = []
  const take = (): void => {
    const slice = Math.floor(Math.min(performance.now() - began, forMs - 1) / SLICE_MS)
    const into = (taken[slice] ??= [])
    for (const time of load.takeTimes()) into.push(time)
  }
  let offered = 0
  while (performance.now() - began < forMs) {
    const due = ((performance.now() - began) / 1000) * perSecond
    for (; offered < due; offered++) load.offer(began + (offered / perSecond) * 1000)
    await delay(TICK_MS)
    if (performance.now() - began >= memory.length * RSS_EVERY_MS) {
      memory.push({ at: performance.now() - began, mb: rssBytes(rig.controlPlane().pid ?? 0) / 1e6 })
      void timeOfWrite(rig.dir).then((ms) => writes.push(ms))
    }
    take()
  }
  await load.drained()
  take()
  const cost = costOf(before, processorTimes(rig), offered)
  const log = await writtenLog(rig)
  const slices = taken.map((times, nr) => ({
    name: `minutes ${nr * 5} to ${Math.min((nr + 1) * 5, Math.round(forMs / MINUTE_MS))}`,
    times,
  }))
  return {
    times: taken.flat(),
    slices: slices.length > 1 ? slices : [],
    cost,
    around: [
      ...rssResults(memory, forMs),
      summarize('the disk’s write of 8 kB', 'ms', writes),
      summarize('PostgreSQL’s log', 'kB/message', [(log.bytes - logBefore.bytes) / 1e3 / offered]),
      summarize('of it whole pages', '%', [(100 * (log.pages - logBefore.pages) * 8192) / (log.bytes - logBefore.bytes)]),
      summarize('checkpoints', 'count', [log.checkpoints - logBefore.checkpoints]),
    ],
  }
}

/** What PostgreSQL has written ahead since it began: in all, and pages as a whole, which it does once for each after a checkpoint. */
async function writtenLog({ databaseUrl }: Rig): Promise<{ bytes: number; pages: number; checkpoints: number }> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ bytes: number; pages: number; checkpoints: number }>(
      `select wal_bytes::float8 as bytes, wal_fpi::float8 as pages, (select num_done::float8 from pg_stat_checkpointer) as checkpoints from pg_stat_wal`,
    )
    return rows[0]!
  } finally {
    await client.end()
  }
}

/** Milliseconds until 8 kB are on the disk, as PostgreSQL's log writes them. */
async function timeOfWrite(dir: string): Promise<number> {
  const file = await open(join(dir, 'write-probe'), 'w')
  try {
    const began = performance.now()
    await file.write(Buffer.alloc(8192, 1))
    await file.datasync()
    return performance.now() - began
  } finally {
    await file.close()
  }
}

/** Of a run of more than ten minutes, minutes 5 to 10 and the last 5 apart: what leaks shows there. */
function rssResults(looks: { at: number; mb: number }[], forMs: number): Result[] {
  const between = (from: number, to: number): number[] => looks.filter(({ at }) => at >= from && at < to).map(({ mb }) => mb)
  if (forMs <= 10 * MINUTE_MS) return [summarize('control plane’s RSS', 'MB', between(0, Infinity))]
  return [
    summarize('control plane’s RSS, minutes 5 to 10', 'MB', between(5 * MINUTE_MS, 10 * MINUTE_MS)),
    summarize('control plane’s RSS, last 5 minutes', 'MB', between(forMs - 5 * MINUTE_MS, Infinity)),
  ]
}

const rssBytes = (pid: number): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
