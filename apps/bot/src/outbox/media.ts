import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { MessageEvent } from '@zaptria/contract'

/** As long as the control plane waits for one. */
const KEEP_MS = 7 * 24 * 3600_000

/** A file of a message that is to be brought to the control plane. */
export type MediaTask = {
  eventId: string
  waId: string
  chatId: string
  fromMe: boolean
  sender: string
  type: string
  sizeBytes: number | null
  sha256: string | null
  failures: number
  gone: number
  notedAtMs: number
}

const toTask = (row: Record<string, SQLOutputValue>): MediaTask => ({
  eventId: String(row['event_id']),
  waId: String(row['wa_id']),
  chatId: String(row['chat_id']),
  fromMe: row['from_me'] === 1,
  sender: String(row['sender']),
  type: String(row['type']),
  sizeBytes: row['size_bytes'] === null ? null : Number(row['size_bytes']),
  sha256: row['sha256'] === null ? null : String(row['sha256']),
  failures: Number(row['failures']),
  gone: Number(row['gone']),
  notedAtMs: Number(row['noted_at']),
})

/** Files on their way, on disk together with the events that told of them. */
export const createMediaTasks = (db: DatabaseSync, nowMs: () => number) => {
  const insert = db.prepare(
    `insert into media (event_id, wa_id, chat_id, from_me, sender, type, size_bytes, sha256, due_at, noted_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  // Not before the control plane has the message: until then its event is here.
  const due = db.prepare(
    'select * from media m where due_at <= ? and not exists (select 1 from events e where e.event_id = m.event_id) order by due_at limit ?',
  )
  const next = db.prepare('select min(due_at) as at from media')
  const postpone = db.prepare('update media set due_at = ?, failures = failures + ?, gone = gone + ? where event_id = ?')
  const remove = db.prepare('delete from media where event_id = ?')
  const prune = db.prepare('delete from media where noted_at < ?')
  return {
    /** In the transaction that stores the message's event. */
    note(eventId: string, message: MessageEvent): void {
      const { wa_id, chat_id, from_me, sender, type, media } = message
      const now = nowMs()
      insert.run(eventId, wa_id, chat_id, from_me ? 1 : 0, sender, type, media?.size_bytes ?? null, media?.sha256 ?? null, now, now)
    },
    due: (limit: number): MediaTask[] => due.all(nowMs(), limit).map(toTask),
    /** When one becomes due, or was; null when there are none. */
    nextDueAtMs(): number | null {
      const at = next.get()?.['at']
      return at === null || at === undefined ? null : Number(at)
    },
    postpone: (eventId: string, dueAtMs: number, counts: { failed?: boolean; gone?: boolean } = {}): void =>
      void postpone.run(dueAtMs, counts.failed === true ? 1 : 0, counts.gone === true ? 1 : 0, eventId),
    remove: (eventId: string): void => void remove.run(eventId),
    prune: (): void => void prune.run(nowMs() - KEEP_MS),
  }
}
export type MediaTasks = ReturnType<typeof createMediaTasks>
