import type { Hints } from '../live/hints.ts'
import type { Db } from '../store/db.ts'

export type BotRef = { id: string; tenantId: string }
export type IngestDeps = { db: Db; hints: Pick<Hints, 'changed'> }
/** `acked`: everything of this volume up to there is stored. `queued`: replies that wait to be sent. */
export type Ingested = { acked: number; queued: number; stored: number; setAside: number }
