import type { BotEvent } from '@zaptria/contract'
import type { Hints } from '../live/hints.ts'
import type { Db } from '../store/db.ts'

export type BotRef = { id: string; tenantId: string }
export type IngestDeps = { db: Db; hints: Pick<Hints, 'changed'> }
/**
 * `volumeId` null = a foreign bot by HTTP, without outbox positions. `after`: up to where this volume was stored when its last batch was: when the
 * database knows of less, a crash took that back, and the batch is refused.
 */
export type Batch = { bot: BotRef; volumeId: string | null; events: readonly BotEvent[]; after?: number }
/** `acked`: everything of this volume up to there is stored. `queued`: replies that wait to be sent. */
export type Ingested = { acked: number; queued: number; stored: number; setAside: number }
