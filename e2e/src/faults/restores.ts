import { rm } from 'node:fs/promises'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Page, Snapshot } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import { roles } from '../processes.ts'
import { connected, openShop, pair } from '../shop.ts'
import { makeDataDir, startDemo } from '../system.ts'
import { compare } from './ledger.ts'
import { Random } from './random.ts'

export type RestoresOptions = { seed: number; rounds: number; perSecond: number; progress: (line: string) => void }
export type RestoresOutcome = {
  seed: number
  rounds: number
  messages: number
  killed: number
  /** How long the session was held for each copy, and how long it took from an empty volume to a connected session: milliseconds. */
  heldMs: number[]
  restoredMs: number[]
  faults: string[]
}

/** So long a session may be connected before its snapshot is asked for. */
const MOST_WAIT_MS = 2_000
const CONNECTED_MS = 120_000

/**
 * A real bot under traffic: again and again a snapshot is taken at some moment, the volume goes, with its bot stopped in order or killed, and the
 * session has to come back without a scan, with the keys that it had and at least as far as it was when the snapshot was asked for. In the
 * end everything that was written is stored, once and in order.
 */
export async function runRestores({ seed, rounds, perSecond, progress }: RestoresOptions): Promise<RestoresOutcome> {
  const random = new Random(seed)
  const [pace, moments] = [random.fork(), random.fork()]
  const dataDir = makeDataDir()
  const faults: string[] = []
  const outcome: RestoresOutcome = { seed, rounds: 0, messages: 0, killed: 0, heldMs: [], restoredMs: [], faults }
  const written: string[] = []
  let over = false
  try {
    await using system = await startDemo({ dataDir })
    const shop = await openShop(system)
    const { api, lab, tenant, account, contact } = shop
    await pair(shop)
    const path = `/tenants/${tenant}/bot/snapshots`
    const device = async () => {
      const [first, ...more] = (await lab.state()).accounts.find(({ number }) => number === account)?.devices ?? []
      if (first === undefined || more.length > 0) throw new Error(`the phone has ${more.length + (first === undefined ? 0 : 1)} devices`)
      return first
    }

    const write = async (): Promise<void> => {
      while (!over) {
        const body = `m${written.length};`
        await lab.sendFromContact({ account, contact, body })
        written.push(body)
        await delay(pace.between(0, 2000 / perSecond))
      }
    }
    const writing = write()

    const snapshot = async (): Promise<Snapshot> => {
      const { id } = await api.call<Snapshot>('POST', path)
      return waitFor(
        async () => {
          const one = (await api.call<Page<Snapshot>>('GET', path)).items.find((each) => each.id === id)
          return one?.state === 'stored' || one?.state === 'failed' ? one : null
        },
        { timeoutMs: 60_000, everyMs: 50, what: 'the snapshot' },
      )
    }
    const loseVolume = async (kill: boolean): Promise<void> => {
      if (kill) {
        outcome.killed += 1
        const { bots, browsers } = roles(system.pid)
        for (const { pid } of [...bots, ...browsers]) process.kill(pid, 'SIGKILL')
      }
      await api.call('POST', `/tenants/${tenant}/bot/stop`)
      await waitFor(async () => (await api.bot(tenant)).instance.state !== 'running', {
        timeoutMs: 60_000,
        what: 'the bot to have stopped',
      })
      rmSync(join(dataDir, 'volumes'), { recursive: true })
    }

    const round = async (nr: number): Promise<void> => {
      await delay(moments.between(0, MOST_WAIT_MS))
      const before = await device()
      const taken = await snapshot()
      if (taken.state === 'failed') {
        faults.push(`round ${nr}: no snapshot: ${taken.failure}`)
        return
      }
      outcome.heldMs.push(taken.held_ms ?? 0)
      await loseVolume(moments.chance(0.5))
      const [since, began] = [new Date().toISOString(), performance.now()]
      await api.call('POST', `/tenants/${tenant}/bot/start`)
      // What a bot that was killed has said last stands for a while.
      await waitFor(async () => (await api.bot(tenant)).state.at > since, {
        timeoutMs: CONNECTED_MS,
        everyMs: 100,
        what: 'word of the new bot',
      })
      await connected(shop, CONNECTED_MS)
      outcome.restoredMs.push(Math.round(performance.now() - began))
      const states = (await api.states(tenant)).items.filter(({ at }) => at > since)
      if (states.some(({ state }) => state === 'qr_ready')) faults.push(`round ${nr}: a QR was shown`)
      // Which one it was opened from; the bot's states may be told together.
      const all = (await api.call<Page<Snapshot>>('GET', path)).items
      const used = all.find(({ id }) => id === taken.id)
      if (used?.restored_at === null || used === undefined || used.restored_at < since)
        faults.push(`round ${nr}: its snapshot was not restored (${used?.void_reason ?? 'it is not void'})`)
      const { id, opened } = await device()
      if (id !== before.id) faults.push(`round ${nr}: another device is linked`)
      if (opened?.sameKeys !== true) faults.push(`round ${nr}: its keys are others`)
      if (opened === null || opened.counter < before.counter)
        faults.push(`round ${nr}: it has counted ${opened?.counter ?? 0} messages, ${before.counter} when the snapshot was asked for`)
    }
    for (let nr = 1; nr <= rounds; nr++) {
      await round(nr)
      outcome.rounds = nr
      progress(`round ${nr} of ${rounds}: ${written.length} messages, ${faults.length} faults`)
    }

    over = true
    await writing
    const stored = async (): Promise<string[]> => {
      const { items } = await api.conversations(tenant)
      const all = items[0] === undefined ? [] : await api.messages(tenant, items[0].id)
      return all.flatMap(({ body, from_me }) => (from_me ? [] : [body]))
    }
    await waitFor(async () => (await stored()).length >= written.length, { timeoutMs: 60_000, everyMs: 500, what: 'all messages' }).catch(
      () => {},
    )
    compare(`from ${contact}`, written, await stored(), faults)
    outcome.messages = written.length
    return outcome
  } finally {
    over = true
    await rm(dataDir, { recursive: true, force: true })
  }
}

export function reportRestores({ seed, rounds, messages, killed, heldMs, restoredMs, faults }: RestoresOutcome): string {
  const sorted = (list: number[]): number[] => list.toSorted((a, b) => a - b)
  const at = (list: number[], part: number): number => sorted(list)[Math.min(list.length - 1, Math.floor(list.length * part))] ?? 0
  const spread = (list: number[]): string =>
    `p50 ${Math.round(at(list, 0.5))}, p95 ${Math.round(at(list, 0.95))}, max ${Math.round(at(list, 1))} ms`
  return [
    `seed ${seed}: ${rounds} snapshots restored (${killed} after a kill), ${messages} messages meanwhile; ${faults.length === 0 ? 'no scan, nothing lost, doubled or out of order' : `${faults.length} FAULTS`}`,
    `  held for a copy: ${spread(heldMs)}; from an empty volume to connected: ${spread(restoredMs)}`,
    ...faults.map((fault) => `  ${fault}`),
  ].join('\n')
}
