import type { BotEvent, ChangeResultEvent, Hint, MediaFailedEvent, MessageEvent } from '@zaptria/contract'
import type { ChangeEvent } from '../store/changes.ts'
import { ackVolumes, lockVolumes } from '../store/volumes.ts'
import { together } from '../store/together.ts'
import { withTenants } from '../store/with-tenant.ts'
import { applyChanges, believeChangeResults } from './changes.ts'
import { clean } from './clean.ts'
import { believeMediaFailures } from './media.ts'
import type { Report } from './messages.ts'
import { namesIn, storeMessages } from './messages.ts'
import type { Outcome } from './outcomes.ts'
import { applyOutcomes } from './outcomes.ts'
import { setAside } from './set-aside.ts'
import { believeStates } from './state.ts'
import type { Batch, BotRef, IngestDeps, Ingested } from './types.ts'

/**
 * Takes a batch of a bot's events, in outbox order, in one transaction (rule 6). Resolves when they are stored: acknowledge then. Events at or
 * below the volume's acknowledged seq are skipped; messages are deduplicated by key besides. `volumeId` null = a foreign bot by HTTP, without
 * outbox positions. An event that cannot be stored for a fault of its own is set aside, so that it does not block the ones behind it.
 * @throws when the database is away or busy: nothing was taken, give the same batch again
 */
export async function ingest(deps: IngestDeps, bot: BotRef, volumeId: string | null, events: readonly BotEvent[]): Promise<Ingested> {
  const cleaned = events.map(clean)
  try {
    return await alone(deps, { bot, volumeId, events: cleaned })
  } catch (error) {
    if (!isEventsFault(error)) throw error
  }
  const total: Ingested = { acked: 0, queued: 0, stored: 0, setAside: 0 }
  for (const event of cleaned) {
    const one = await alone(deps, { bot, volumeId, events: [event] }).catch((error: unknown) => {
      if (!isEventsFault(error)) throw error
      return setAside(deps, bot, volumeId, event, error)
    })
    total.acked = Math.max(total.acked, one.acked)
    total.queued += one.queued
    total.stored += one.stored
    total.setAside += one.setAside
  }
  return total
}

/**
 * As `ingest`, of several bots in one transaction: each statement costs about as much for all of them as for one. When that fails, each bot's
 * batch is taken by itself, so that none suffers for another's.
 */
export async function ingestMany(deps: IngestDeps, batches: readonly Batch[]): Promise<PromiseSettledResult<Ingested>[]> {
  if (batches.length > 1) {
    try {
      const cleaned = batches.map((batch) => ({ ...batch, events: batch.events.map(clean) }))
      return (await ingestTogether(deps, cleaned)).map((value) => ({ status: 'fulfilled', value }))
    } catch {
      // Whatever it was, it comes again to whom it concerns.
    }
  }
  return Promise.allSettled(batches.map(({ bot, volumeId, events }) => ingest(deps, bot, volumeId, events)))
}

const alone = async (deps: IngestDeps, batch: Batch): Promise<Ingested> => (await ingestTogether(deps, [batch]))[0]!

/** One batch of each bot. */
function ingestTogether({ db, hints }: IngestDeps, batches: readonly Batch[]): Promise<Ingested[]> {
  const tenants = [...new Set(batches.map(({ bot }) => bot.tenantId))]
  return withTenants(db, tenants, async (trx, last) => {
    // All locks are taken in this order: volumes, contacts, conversations, messages, bots.
    const [{ ackedSeq, nowMs }, known] = await together(
      lockVolumes(
        trx,
        batches.flatMap(({ bot, volumeId }) => (volumeId === null ? [] : [{ id: volumeId, bot }])),
      ),
      namesIn(trx, batches.map(reportOf)),
    )
    const fresh = batches.map((batch) => {
      const acked = ackedSeq.get(batch.volumeId ?? '')
      return acked === undefined
        ? batch
        : { ...batch, events: batch.events.filter((event) => event.seq > acked).toSorted((a, b) => a.seq - b.seq) }
    })
    const messages = await storeMessages(trx, fresh.map(reportOf), { nowMs, known, last })
    const changed: Hint[] = []
    for (const { bot, events } of fresh) {
      const before = messages.early.flatMap(({ botId, event }) => (botId === bot.id ? [event] : []))
      const changes = [...before, ...events.flatMap(bodyOf<ChangeEvent>('reaction', 'edit', 'revoke'))]
      changed.push(...(await applyChanges(trx, bot, changes, nowMs)))
      changed.push(...(await believeChangeResults(trx, bot, events.flatMap(bodyOf<ChangeResultEvent>('change_result')))))
    }
    const outcomes = fresh.map(({ bot, events }) => ({ bot, outcomes: events.flatMap(bodyOf<Outcome>('ack', 'send_result')) }))
    changed.push(...(await applyOutcomes(trx, outcomes)))
    for (const { bot, volumeId, events } of fresh) {
      changed.push(...(await believeMediaFailures(trx, bot, events.flatMap(bodyOf<MediaFailedEvent>('media_failed')))))
      changed.push(...(await believeStates(trx, bot, volumeId, events, nowMs)))
    }
    const acked = fresh.map(({ volumeId, events }) => events.at(-1)?.seq ?? ackedSeq.get(volumeId ?? '') ?? 0)
    last(hints.changed(trx, [...messages.hints, ...changed]))
    last(
      ackVolumes(
        trx,
        fresh.flatMap(({ volumeId, events }, i) => (volumeId === null || events.length === 0 ? [] : [{ id: volumeId, seq: acked[i]! }])),
      ),
    )
    return messages.of.map((of, i) => ({ ...of, acked: acked[i]!, setAside: 0 }))
  })
}

const reportOf = ({ bot, volumeId, events }: Batch): Report => ({
  bot,
  carriesMedia: volumeId !== null,
  events: events.flatMap(bodyOf<MessageEvent>('message')),
})

const bodyOf =
  <T extends BotEvent['body']>(...kinds: T['kind'][]) =>
  (event: BotEvent): T[] =>
    (kinds as string[]).includes(event.body.kind) ? [event.body as T] : []

/** Data that PostgreSQL refuses (class 22, 23, 54) or that our code trips over; anything else may be better in a moment. */
export function isEventsFault(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  return /^(22|23|54)[0-9A-Z]{3}$/.test(code)
}
