import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import type { Bot, Page, Server, Snapshot } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import { expect } from 'vitest'
import { openShop } from '../faults/fleet.ts'
import type { Fleet, Shop } from '../faults/fleet.ts'
import { Ledger } from '../faults/ledger.ts'
import { Random } from '../faults/random.ts'

/** So that all tests together are over soon; with 20: `FAILOVER_BOTS=20 npm test e2e/src/failover`. */
export const BOTS = Number(process.env['FAILOVER_BOTS'] ?? 6)
const AT_ONCE = 5
const PER_SECOND = 8
/** From its death to the last bot that is connected elsewhere: twice of what it takes on two processors that do something else as well. What it took is printed. */
const MOST_MS = 240_000
/** What has come back may be started once more, a few at a time, before it is gone. */
const CLEARED_MS = 300_000
/** As long as an outbox may lag behind when nothing is wrong, at the 99th percentile. */
const LAG_MS = 1_000

export type BotRow = { tenant_id: string; name: string; server_id: string; link_id: string | null; moves: number; state: string }

/** A server that dies and comes back. */
export type Mortal = {
  id: string
  /** All at once, with its volumes. */
  die: (bots: readonly BotRow[]) => Promise<void> | void
  /** Which of its bots died at once, and where their volumes lie now. */
  dead: (bots: readonly BotRow[]) => { bot: BotRow; volume: string }[]
  /** Its bots are elsewhere. */
  missed?: (bots: readonly BotRow[], report: string[], diedAt: number) => Promise<void>
  comeBack: () => Promise<void> | void
  /** What still runs there. */
  instances: () => Promise<string[]> | string[]
  volumeIsThere: (bot: BotRow) => boolean
}

const sinceOf = (start: number): string => `${((performance.now() - start) / 1000).toFixed(1)} s`

const botRows = ({ query }: Fleet): Promise<BotRow[]> =>
  query<BotRow>('select tenant_id, container_name as name, server_id, link_id, moves, state from bots order by id')

/**
 * All bots on a server that dies, while people write to them: they are connected on the other one soon, without a scan; nothing is lost but what
 * only the dead volumes held, and nothing doubled. Then it comes back, and disturbs nothing. Prints what was measured.
 */
export async function outlive(fleet: Fleet, mortal: Mortal, heir: { id: string }): Promise<void> {
  const ledger = new Ledger(fleet)
  const state = async (): Promise<string> => (await fleet.call<Server>('GET', `/servers/${mortal.id}`)).state
  const is = (wanted: string) =>
    waitFor(async () => (await state()) === wanted, { timeoutMs: MOST_MS, everyMs: 250, what: `the server to be ${wanted}` })
  await is('well')
  await fill(fleet, mortal.id, heir.id)
  await using traffic = startTraffic(fleet, ledger)
  await delay(5_000)

  const before = await botRows(fleet)
  const [diedAt, died] = [Date.now(), performance.now()]
  await mortal.die(before)
  const report = [`dead after ${sinceOf(died)}`]
  await is('suspected')
  report.push(`suspected after ${sinceOf(died)}`)
  await is('given_up')
  report.push(`given up after ${sinceOf(died)}`)
  await allConnected(fleet, heir.id, MOST_MS)
  report.push(`all ${BOTS} connected elsewhere after ${sinceOf(died)} (${await stages(fleet, diedAt)})`)
  const held = (await Promise.all(mortal.dead(before).map(({ volume }) => heldBy(fleet, volume, diedAt)))).flat().toSorted((a, b) => a - b)
  const p99 = held[Math.ceil(held.length * 0.99) - 1] ?? 0
  report.push(`${held.length} events were on dead volumes alone, p99 ${p99} ms old, the oldest ${held.at(-1) ?? 0} ms`)

  await mortal.missed?.(before, report, diedAt)
  await delay(5_000)
  const links = linksOf(await botRows(fleet))
  const returned = performance.now()
  await mortal.comeBack()
  const gone = async (): Promise<boolean> => {
    const [left] = await fleet.query<{ n: number }>('select count(*)::int as n from ousted_bots where gone_at is null')
    if (left?.n === 0) return true
    throw new Error(`${left?.n} are still there`)
  }
  await waitFor(gone, { timeoutMs: CLEARED_MS, everyMs: 1_000, what: 'what was left behind to be gone' })
  report.push(`cleaned up ${sinceOf(returned)} after its return`)
  expect(await mortal.instances()).toEqual([])
  for (const bot of before) expect(mortal.volumeIsThere(bot), `the volume of ${bot.name}`).toBe(true)
  // Nothing of it was noticed where the bots are.
  expect(await connectedOn(fleet, heir.id)).toBe(BOTS)
  expect(linksOf(await botRows(fleet))).toEqual(links)
  expect(await state()).toBe('given_up')
  // All that was left behind has delivered what it held.
  expect(await fleet.query('select bot_id from ousted_bots where drained_at is null')).toEqual([])

  await traffic[Symbol.asyncDispose]()
  await ledger.settled()
  const undecided = await unknownAnswers(fleet, diedAt)
  report.push(`${undecided.length} answers had been handed to bots that died, and nobody can tell whether they left`)
  const balance = await ledger.balance(new Set(undecided))
  report.unshift(`${balance.messages} messages, ${balance.answers} answers`)
  console.log([...report, ...balance.faults].join('\n'))
  const [scans] = await fleet.query<{ n: number }>(`select count(*)::int as n from bot_states where state = 'qr_ready' and at > $1`, [
    new Date(diedAt),
  ])
  expect(scans?.n, 'bots that asked for a scan').toBe(0)
  expect(p99).toBeLessThan(LAG_MS)
  expect(balance.faults).toEqual([])
}

/** All bots on the one server, each with a snapshot; from then on they may be on the other one as well. */
async function fill(fleet: Fleet, on: string, other: string): Promise<void> {
  await fleet.call('POST', `/servers/${other}/cordon`)
  for (let first = 0; first < BOTS; first += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, BOTS - first) }, (_, i) => openShop(fleet, first + i, 'simulated', 2, true))
    ;(fleet.shops as Shop[]).push(...(await Promise.all(some)))
  }
  await fleet.call('POST', `/servers/${other}/uncordon`)
  await allConnected(fleet, on, 60_000)
  await Promise.all(fleet.shops.map((shop) => takeSnapshot(fleet, shop)))
}

function startTraffic(fleet: Fleet, ledger: Ledger): AsyncDisposable {
  const random = new Random(6)
  const start = performance.now()
  let talking = true
  const talk = async (): Promise<void> => {
    for (let i = 0; talking; i++) {
      await delay(Math.max(0, start + (i * 1000) / PER_SECOND - performance.now()))
      const shop = random.pick(fleet.shops)
      await ledger.write(shop, random.pick(shop.contacts), null)
    }
  }
  const ended = talk()
  return {
    async [Symbol.asyncDispose]() {
      talking = false
      await ended
    },
  }
}

async function connectedOn(fleet: Fleet, serverId: string): Promise<number> {
  const bots = await Promise.all(fleet.shops.map(({ tenant }) => fleet.call<Bot>('GET', `/tenants/${tenant}/bot`)))
  const there = new Set((await botRows(fleet)).flatMap((row) => (row.server_id === serverId ? [row.tenant_id] : [])))
  return bots.filter(({ alive, state, tenant_id }) => alive && state.state === 'connected' && there.has(tenant_id)).length
}

const allConnected = (fleet: Fleet, serverId: string, timeoutMs: number): Promise<unknown> =>
  waitFor(
    async () => {
      const count = await connectedOn(fleet, serverId)
      if (count === BOTS) return true
      throw new Error(`${count} are`)
    },
    { timeoutMs, everyMs: 500, what: 'all bots to be connected there' },
  )

const linksOf = (rows: readonly BotRow[]): Map<string, string | null> => new Map(rows.map(({ tenant_id, link_id }) => [tenant_id, link_id]))

async function takeSnapshot({ call }: Fleet, { tenant }: Shop): Promise<void> {
  const path = `/tenants/${tenant}/bot/snapshots`
  const { id } = await call<Snapshot>('POST', path)
  const stored = async () => (await call<Page<Snapshot>>('GET', path)).items.find((one) => one.id === id)?.state === 'stored'
  await waitFor(stored, { timeoutMs: 60_000, everyMs: 500, what: `a snapshot of ${tenant}` })
}

/** Answers that a bot had been handed before it died, and of which WhatsApp knows nothing: rule 7 leaves them to a person. */
async function unknownAnswers({ query }: Fleet, diedAt: number): Promise<string[]> {
  const rows = await query<{ body: string }>(
    `select body from messages where from_me and status = 'unknown' and created_at < $1::timestamptz + interval '1 second'`,
    [new Date(diedAt)],
  )
  return rows.map(({ body }) => body)
}

/** When the first and the last bot came so far, in seconds after the kill. */
async function stages({ query }: Fleet, diedAt: number): Promise<string> {
  const rows = await query<{ what: string; first: string; last: string }>(
    `select what, round(extract(epoch from min(at) - $1), 1)::text as first, round(extract(epoch from max(at) - $1), 1)::text as last from (
       select 'moved' as what, 1 as nr, ousted_at as at from ousted_bots
       union all select 'started', 2, started_at from bots
       union all select 'linked', 3, min(first_seen_at) from volumes where first_seen_at > $1 group by bot_id
       union all select 'connected', 4, min(at) from bot_states where state = 'connected' and at > $1 group by bot_id
     ) each group by what, nr order by nr`,
    [new Date(diedAt)],
  )
  return rows.map(({ what, first, last }) => `${what} ${first}–${last} s`).join(', ')
}

/** What lay on a volume and had not been stored when its bot died: how old each event was then, in milliseconds. */
export async function heldBy(fleet: Fleet, volume: string, diedAt: number): Promise<number[]> {
  const dir = mkdtempSync(join(tmpdir(), 'zaptria-outbox-'))
  try {
    for (const file of readdirSync(volume).filter((one) => one.startsWith('outbox.'))) copyFileSync(join(volume, file), join(dir, file))
    const outbox = readdirSync(dir).find((file) => /\.(?:db|sqlite3?)$/.test(file))
    if (outbox === undefined) throw new Error(`the volume ${volume} has no outbox`)
    using db = new DatabaseSync(join(dir, outbox))
    const id = String(db.prepare(`select value from meta where key = 'volume_id'`).get()?.['value'])
    const [stored] = await fleet.query<{ acked: number }>('select acked_seq::int as acked from volumes where id = $1', [id])
    const rows = db.prepare('select at from events where seq > ? and set_aside is null').all(stored?.acked ?? 0)
    return rows.map((row) => diedAt - Date.parse(String(row['at'])))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
