import { availableParallelism } from 'node:os'
import { createGroups } from '../groups.ts'
import { ingestMany } from './index.ts'
import type { Batch, BotRef, IngestDeps, Ingested } from './types.ts'

/** What a bot has to tell, asked for when its turn has come: what waits may grow until then. None = there is nothing left to take. */
export type Telling = { bot: BotRef; volumeId: string | null; events: () => Batch['events'] }
/** Takes it in when its turn has come; null when there was nothing. Rejects as `ingest` does. */
export type IngestQueue = (telling: Telling) => Promise<Ingested | null>

/** Enough events for one transaction to cost little for each; more would only make those behind it wait. */
const MOST_EVENTS = 250
/** A transaction costs as much as some hundred events: not one for each few of them. Nobody waits for longer than this because of it. */
const EVERY_MS = 25
/** Beside one that takes its time, because the disk or the database does: what has come meanwhile does not wait for it. */
const BESIDE_MS = 55

type Entry = Telling & { asked: Batch['events'] | undefined; end: PromiseWithResolvers<Ingested | null> }

/**
 * Takes in what many bots have to tell: as many transactions at once as keep the processors busy and the disk waited for, each of everything
 * that waits by then (bench: ingest). So whoever comes alone is taken at once, and the more there is, the less each costs.
 */
export function createIngestQueue(
  deps: IngestDeps,
  {
    atOnce = availableParallelism(),
    everyMs = EVERY_MS,
    besideMs = BESIDE_MS,
    take = ingestMany,
  }: { atOnce?: number; everyMs?: number; besideMs?: number; take?: typeof ingestMany } = {},
): IngestQueue {
  const add = createGroups<Entry, Picked[]>({
    atOnce,
    everyMs,
    besideMs,
    pick,
    async work(group) {
      const results = await take(
        deps,
        group.map(({ batch }) => batch),
      )
      for (const [i, { entry }] of group.entries()) settle(entry, results[i]!)
    },
  })
  return (telling) => {
    const entry: Entry = { ...telling, asked: undefined, end: Promise.withResolvers() }
    add(entry)
    return entry.end.promise
  }
}

type Picked = { entry: Entry; batch: Batch }

/** Of one bot one batch; what it tells next is behind that. */
function pick(waiting: Entry[]): Picked[] {
  const group: Picked[] = []
  const bots = new Set<string>()
  let count = 0
  for (const entry of waiting.splice(0)) {
    if (count >= MOST_EVENTS || bots.has(entry.bot.id)) {
      waiting.push(entry)
      continue
    }
    const events = (entry.asked ??= entry.events())
    const joins = events.every(isTalk)
    if (events.length === 0) entry.end.resolve(null)
    else if (group.length > 0 && !joins) waiting.push(entry)
    else {
      group.push({ entry, batch: { bot: entry.bot, volumeId: entry.volumeId, events } })
      bots.add(entry.bot.id)
      count = joins ? count + events.length : MOST_EVENTS
    }
  }
  return group
}

/** What a bot says of itself is rare, and locks more: it goes alone. */
const isTalk = ({ body }: Batch['events'][number]): boolean => body.kind === 'message' || body.kind === 'ack' || body.kind === 'send_result'

function settle({ end }: Entry, result: PromiseSettledResult<Ingested>): void {
  if (result.status === 'fulfilled') end.resolve(result.value)
  else end.reject(result.reason)
}
