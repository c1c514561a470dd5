import type { DatabaseSync } from 'node:sqlite'
import { createEvents } from './events.ts'
import { createChanges } from './changes.ts'
import { createCommands } from './commands.ts'
import { createLanes } from './lanes.ts'
import { createMediaTasks } from './media.ts'
import { createSends } from './sends.ts'
import { createVolume } from './volume.ts'

/**
 * What the volume keeps beside the session: events on their way, sends, watermarks. Owns the database, and with it the volume's lock. `nowMs` is a
 * clock that nobody sets (`createSteadyClock`), `wallMs` the one that people and WhatsApp go by.
 */
export const createOutbox = (db: DatabaseSync, nowMs: () => number, wallMs = nowMs) => {
  const inUse = db.prepare(
    'select page_size as size, page_count as pages, freelist_count as free from pragma_page_size(), pragma_page_count(), pragma_freelist_count()',
  )
  const volume = createVolume(db, nowMs, wallMs)
  const media = createMediaTasks(db, nowMs)
  const lanes = createLanes(db)
  const sends = createSends(db, lanes, nowMs)
  const events = createEvents(db, { volume, media, sends, lanes }, nowMs, wallMs)
  const commands = createCommands(db, nowMs)
  const changes = createChanges(db, nowMs)
  return {
    volume,
    events,
    media,
    sends,
    commands,
    changes,
    prune(): void {
      events.prune()
      sends.prune()
      commands.prune()
      changes.prune()
      media.prune()
    },
    /** What of its file is in use: the pages of deleted rows are used again before it grows. */
    bytes(): number {
      const { size, pages, free } = inUse.get() as Record<'size' | 'pages' | 'free', number>
      return size * (pages - free)
    },
    close: (): void => db.close(),
    [Symbol.dispose]: (): void => db.close(),
  }
}
export type Outbox = ReturnType<typeof createOutbox>
