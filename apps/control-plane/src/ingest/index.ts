import type { BotEvent, MediaFailedEvent, MessageEvent } from '@zaptria/contract'
import { ackVolume, databaseNow, lockVolume } from '../store/volumes.ts'
import type { Trx } from '../store/tables.ts'
import { together } from '../store/together.ts'
import { withTenant } from '../store/with-tenant.ts'
import { clean } from './clean.ts'
import { believeMediaFailures } from './media.ts'
import { namesIn, storeMessages } from './messages.ts'
import type { Outcome } from './outcomes.ts'
import { applyOutcomes } from './outcomes.ts'
import { setAside } from './set-aside.ts'
import { believeStates } from './state.ts'
import type { BotRef, IngestDeps, Ingested } from './types.ts'

/**
 * Takes a batch of a bot's events, in outbox order, in one transaction (rule 6). Resolves when they are stored: acknowledge then. Events at or
 * below the volume's acknowledged seq are skipped; messages are deduplicated by key besides. `volumeId` null = a foreign bot by HTTP, without
 * outbox positions. An event that cannot be stored for a fault of its own is set aside, so that it does not block the ones behind it.
 * @throws when the database is away or busy: nothing was taken, give the same batch again
 */
export async function ingest(deps: IngestDeps, bot: BotRef, volumeId: string | null, events: readonly BotEvent[]): Promise<Ingested> {
  const cleaned = events.map(clean)
  try {
    return await ingestTogether(deps, bot, volumeId, cleaned)
  } catch (error) {
    if (!isEventsFault(error)) throw error
  }
  const total: Ingested = { acked: 0, queued: 0, stored: 0, setAside: 0 }
  for (const event of cleaned) {
    const one = await ingestTogether(deps, bot, volumeId, [event]).catch((error: unknown) => {
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

function ingestTogether({ db, hints }: IngestDeps, bot: BotRef, volumeId: string | null, events: readonly BotEvent[]): Promise<Ingested> {
  return withTenant(db, bot.tenantId, async (trx, last) => {
    // All locks of a bot are taken in this order: its volume, its contacts, conversations, messages.
    const [{ ackedSeq, nowMs }, known] = await together(
      volumeId === null ? nothingAcked(trx) : lockVolume(trx, bot, volumeId),
      namesIn(trx, bot, events.flatMap(bodyOf<MessageEvent>('message'))),
    )
    const fresh = volumeId === null ? events : events.filter((event) => event.seq > ackedSeq).toSorted((a, b) => a.seq - b.seq)
    const messages = await storeMessages(trx, bot, fresh.flatMap(bodyOf<MessageEvent>('message')), {
      nowMs,
      carriesMedia: volumeId !== null,
      known,
      last,
    })
    const outcomes = await applyOutcomes(trx, bot, fresh.flatMap(bodyOf<Outcome>('ack', 'send_result')))
    const files = await believeMediaFailures(trx, bot, fresh.flatMap(bodyOf<MediaFailedEvent>('media_failed')))
    const states = await believeStates(trx, bot, volumeId, fresh, nowMs)
    const acked = fresh.at(-1)?.seq ?? ackedSeq
    last(hints.changed(trx, [...messages.hints, ...outcomes, ...files, ...states]))
    if (volumeId !== null && acked > ackedSeq) last(ackVolume(trx, volumeId, acked))
    return { acked, queued: messages.queued, stored: messages.stored, setAside: 0 }
  })
}

const nothingAcked = async (trx: Trx): Promise<{ ackedSeq: number; nowMs: number }> => ({ ackedSeq: 0, nowMs: await databaseNow(trx) })

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
