import { setTimeout as delay } from 'node:timers/promises'
import type { Page, Snapshot } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import pg from 'pg'
import { botProcesses, pairBots, roundtrip } from './bots.ts'
import { below, processes, pssBytes } from './processes.ts'
import { startRig } from './rig.ts'
import type { Rig } from './rig.ts'
import type { Setup } from './setup.ts'
import { summarize } from './stats.ts'
import type { Result } from './stats.ts'

/** Of a shop with years of chats. */
const STORE_MB = 30
const MESSAGE_EVERY_MS = 20
const LOOK_EVERY_MS = 25
const REST_MS = 20_000
const BETWEEN_MS = 2_000

/**
 * Snapshots of a real bot whose page keeps 30 MB, under traffic; `runs` of them. How long nothing is handled because of one (the longest time between
 * two messages that are stored, next to each other), how long its browser is held, how much memory it takes beside what the bot has, and how
 * long until it is in the vault.
 */
export async function snapshot(setup: Setup): Promise<Result[]> {
  await using rig = await startRig(setup, { engine: 'wwebjs' })
  await rig.lab.scenario.setFaults({ storeMb: STORE_MB })
  const [bot] = await pairBots(rig, 1)
  if (bot === undefined) throw new Error('there is no bot')
  await roundtrip(rig, bot, bot.contacts[0] ?? '', 'hello')
  await delay(REST_MS)
  const database = new pg.Client({ connectionString: rig.databaseUrl })
  await database.connect()
  const writing = startWriting(rig, bot.account, bot.contacts[0] ?? '')
  const taken: Taken[] = []
  try {
    for (let run = 0; run < setup.runs; run++) {
      taken.push(await take(rig, database, bot.tenant))
      setup.progress(JSON.stringify(taken.at(-1)))
      await delay(BETWEEN_MS)
    }
  } finally {
    await writing.stop()
    await database.end()
  }
  const of = (part: keyof Taken): number[] => taken.map((one) => one[part])
  return [
    summarize(`snapshot of ${STORE_MB} MB: nothing handled for`, 'ms', of('pauseMs')),
    summarize(`snapshot of ${STORE_MB} MB: without one, nothing handled for`, 'ms', of('usualMs')),
    summarize(`snapshot of ${STORE_MB} MB: browser held`, 'ms', of('heldMs')),
    summarize(`snapshot of ${STORE_MB} MB: memory beside the bot’s`, 'MB', of('memoryMb')),
    summarize(`snapshot of ${STORE_MB} MB: in the vault after`, 'ms', of('wholeMs')),
    summarize(`snapshot of ${STORE_MB} MB: archive`, 'MB', of('sizeMb')),
  ]
}

type Taken = { pauseMs: number; usualMs: number; heldMs: number; memoryMb: number; wholeMs: number; sizeMb: number }

async function take({ api, ...rig }: Rig, database: pg.Client, tenant: string): Promise<Taken> {
  const path = `/tenants/${tenant}/bot/snapshots`
  const memory = watchMemory({ api, ...rig })
  // What it has without one.
  await delay(BETWEEN_MS)
  const before = memory.highest()
  const began = performance.now()
  const { id, asked_at: askedAt } = await api.call<Snapshot>('POST', path)
  const stored = await waitFor(
    async () => {
      const one = (await api.call<Page<Snapshot>>('GET', path)).items.find((each) => each.id === id)
      if (one?.state === 'failed') throw new Error(`no snapshot: ${one.failure}`)
      return one?.state === 'stored' ? one : null
    },
    { timeoutMs: 120_000, everyMs: 100, what: 'the snapshot' },
  )
  const wholeMs = performance.now() - began
  const memoryMb = Math.max(0, memory.highest() - before) / 1e6
  memory.stop()
  const longest = async (from: string, to: string): Promise<number> => {
    const { rows } = await database.query<{ gap: number }>(
      `select extract(epoch from max(gap))::float8 * 1000 as gap from (
         select created_at - lag(created_at) over (order by seq) as gap from messages where not from_me and created_at between $1 and $2) as gaps`,
      [from, to],
    )
    return rows[0]?.gap ?? 0
  }
  const usual = new Date(Date.parse(askedAt) - BETWEEN_MS).toISOString()
  return {
    pauseMs: await longest(askedAt, stored.stored_at ?? askedAt),
    usualMs: await longest(usual, askedAt),
    heldMs: stored.held_ms ?? 0,
    memoryMb,
    wholeMs,
    sizeMb: (stored.size_bytes ?? 0) / 1e6,
  }
}

/** A contact that writes on and on. */
function startWriting({ lab }: Rig, account: string, contact: string) {
  let over = false
  const writing = (async () => {
    for (let nr = 0; !over; nr++) {
      await lab.scenario.sendFromContact({ account, contact, body: `m${nr}` })
      await delay(MESSAGE_EVERY_MS)
    }
  })()
  return {
    async stop(): Promise<void> {
      over = true
      await writing
    },
  }
}

/** The most that the bot and its browser had together since it was asked last, in bytes of proportional set size. */
function watchMemory(rig: Rig) {
  let most = 0
  const look = (): void => {
    const all = processes()
    const [bot] = botProcesses(rig, all)
    if (bot === undefined) return
    most = Math.max(most, pssBytes(bot.pid) + below(bot.pid, all).reduce((sum, { pid }) => sum + pssBytes(pid), 0))
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  return {
    highest(): number {
      const highest = most
      most = 0
      return highest
    },
    stop: () => clearInterval(timer),
  }
}
