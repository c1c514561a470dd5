import type { BotEvent } from '@zaptria/contract'
import type { Hints } from '../live/hints.ts'
import type { Db } from '../store/db.ts'

export type BotRef = { id: string; tenantId: string }
export type IngestDeps = { db: Db; hints: Pick<Hints, 'changed'> }
/** `volumeId` null = a foreign bot by HTTP, without outbox positions. */
export type Batch = { bot: BotRef; volumeId: string | null; events: readonly BotEvent[] }
/** `acked`: everything of this volume up to there is stored. `queued`: replies that wait to be sent. */
export type Ingested = { acked: number; queued: number; stored: number; setAside: number }
