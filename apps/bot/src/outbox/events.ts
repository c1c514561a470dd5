import { randomUUID } from 'node:crypto'
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { BotEvent, BotEventBody } from '@zaptria/contract'
import { transaction } from './database.ts'
import type { Lanes } from './lanes.ts'
import type { MediaTasks } from './media.ts'
import { createSeen } from './seen.ts'
import type { Sends } from './sends.ts'
import type { Volume } from './volume.ts'

/** Of these only the newest counts: an older one that still waits is dropped. */
const VOLATILE: ReadonlySet<BotEventBody['kind']> = new Set(['qr', 'pairing_code'])

export type StoredEvent = BotEvent & { lane: string; attempts: number; firstTriedAtMs: number | null }

export type Append = {
  body: BotEventBody
  epoch: number
  /** False while the session has a gap to catch up: a live message must not carry its chat's watermark over what is missing. */
  moveWatermark: boolean
  /** Kept on disk, but no event before `admit`: what was written before it in its chat is still missing. */
  defer?: boolean
}

type Row = Record<string, SQLOutputValue>

const toEvent = (row: Row): StoredEvent => ({
  event_id: String(row['event_id']),
  seq: Number(row['seq']),
  epoch: Number(row['epoch']),
  at: String(row['at']),
  // Written by append alone, out of a BotEventBody.
  body: JSON.parse(String(row['body'])) as BotEventBody,
  lane: String(row['lane']),
  attempts: Number(row['attempts']),
  firstTriedAtMs: row['first_tried_at'] === null ? null : Number(row['first_tried_at']),
})

type Beside = { volume: Volume; media: Pick<MediaTasks, 'note'>; sends: Pick<Sends, 'noteAcked'>; lanes: Lanes }

/** Events on their way to a sink: on disk before anybody is told of them, gone once the sink has them. */
export const createEvents = (db: DatabaseSync, { volume, media, sends, lanes }: Beside, nowMs: () => number, wallMs: () => number) => {
  const seen = createSeen(db)
  const listeners = new Set<() => void>()
  const insert = db.prepare('insert into events (event_id, epoch, at, kind, lane, body) values (?, ?, ?, ?, ?, ?)')
  const dropOlder = db.prepare('delete from events where kind = ?')
  const after = db.prepare('select * from events where seq > ? and set_aside is null order by seq limit ?')
  const forget = db.prepare('delete from events where seq <= ? and set_aside is null')
  const forgetOne = db.prepare('delete from events where seq = ?')
  const heads = db.prepare(
    `select * from events where seq in (select min(seq) from events where set_aside is null group by lane) and due_at <= ? order by seq limit ?`,
  )
  const nextInLane = db.prepare('select * from events where lane = ? and set_aside is null order by seq limit 1')
  const nextDue = db.prepare(
    'select min(due_at) as at from events where seq in (select min(seq) from events where set_aside is null group by lane) and due_at > ?',
  )
  const postpone = db.prepare(
    'update events set attempts = attempts + 1, due_at = ?, first_tried_at = coalesce(first_tried_at, ?) where seq = ?',
  )
  const hurry = db.prepare('update events set due_at = 0 where due_at > 0')
  const putAside = db.prepare('update events set set_aside = ? where seq = ?')
  const aside = db.prepare('select * from events where set_aside is not null order by seq')
  const count = db.prepare('select count(*) filter (where set_aside is null) as pending, count(set_aside) as aside from events')
  const oldest = db.prepare('select at from events where set_aside is null order by seq limit 1')
  const deferOne = db.prepare('insert into deferred (epoch, body) values (?, ?)')
  const deferred = db.prepare('select epoch, body from deferred order by position')
  const forgetDeferred = db.prepare('delete from deferred')
  const countDeferred = db.prepare('select count(*) as deferred from deferred')
  const lastSeq = db.prepare(`select seq from sqlite_sequence where name = 'events'`)
  const raiseSeq = db.prepare(`update sqlite_sequence set seq = ? where name = 'events'`)
  const firstSeq = db.prepare(`insert into sqlite_sequence (name, seq) values ('events', ?)`)
  const renumber = db.prepare('update events set seq = -(seq + ?)')
  const renumberBack = db.prepare('update events set seq = -seq where seq < 0')

  const changed = (): void => listeners.forEach((listener) => listener())

  /** Without a transaction of its own. Returns what was stored: a message that was reported before is not. */
  const appendOne = ({ body, epoch, moveWatermark, defer = false }: Append): boolean => {
    if (defer) {
      deferOne.run(epoch, JSON.stringify(body))
      return false
    }
    if (body.kind === 'message') {
      if (moveWatermark) volume.raiseWatermark(body.chat_id, body.timestamp)
      // One that was reported before may say now whose LID it is.
      lanes.learn(body)
      if (!seen.note(body, nowMs())) return false
    }
    if (body.kind === 'ack' && body.ack >= 1) sends.noteAcked(body.wa_id)
    if (VOLATILE.has(body.kind)) dropOlder.run(body.kind)
    const eventId = randomUUID()
    insert.run(eventId, epoch, new Date(wallMs()).toISOString(), body.kind, lanes.of(body), JSON.stringify(body))
    if (body.kind === 'message' && body.media !== undefined) media.note(eventId, body)
    return true
  }

  const deferredCount = (): number => Number(countDeferred.get()?.['deferred'] ?? 0)
  const counts = () => {
    const row = count.get()
    return { pending: Number(row?.['pending'] ?? 0) + deferredCount(), setAside: Number(row?.['aside'] ?? 0) }
  }
  /** The highest number ever given on this volume. */
  const last = (): number => Number(lastSeq.get()?.['seq'] ?? 0)

  return {
    /** Writes events, and moves their chats' watermarks, in one transaction. Throws when the disk does not take them: nothing has changed then. */
    append(events: readonly Append[], alongside?: () => void): number {
      const stored = transaction(db, () => {
        alongside?.()
        return events.filter(appendOne).length
      })
      if (stored > 0) changed()
      return stored
    },
    /** Deferred messages become events, but for those that were found by catching up meanwhile. */
    admit(moveWatermark: boolean): void {
      const stored = transaction(db, () => {
        const rows = deferred.all().map((row) => ({ body: JSON.parse(String(row['body'])) as BotEventBody, epoch: Number(row['epoch']) }))
        forgetDeferred.run()
        return rows.filter((row) => appendOne({ ...row, moveWatermark })).length
      })
      if (stored > 0) changed()
    },
    deferred: deferredCount,
    /** Events after `seq`, oldest first, without those set aside; at least one, however long, and no more than `maxChars` of them. */
    pending(seq: number, limit: number, maxChars: number): BotEvent[] {
      const events: BotEvent[] = []
      let chars = 0
      for (const row of after.iterate(seq, limit)) {
        chars += String(row['body']).length + 200
        if (events.length > 0 && chars > maxChars) break
        const { lane: _lane, attempts: _attempts, firstTriedAtMs: _first, ...event } = toEvent(row)
        events.push(event)
      }
      return events
    },
    /** The sink has everything up to `seq`. */
    acknowledge: (seq: number): void => void forget.run(seq),
    delivered: (seq: number): void => void forgetOne.run(seq),
    /** The oldest event of each lane, where it is due. */
    heads: (limit: number, atMs = nowMs()): StoredEvent[] => heads.all(atMs, limit).map(toEvent),
    /** The oldest event of a lane; null while it is not due. */
    next(lane: string): StoredEvent | null {
      const row = nextInLane.get(lane)
      return row === undefined || Number(row['due_at']) > nowMs() ? null : toEvent(row)
    },
    /** The lane that has become of one: a LID's is part of its phone's once that is learnt. */
    lane: lanes.current,
    /** When the next lane becomes due that was not at `atMs`; null when none waits. */
    nextDueAtMs(atMs: number): number | null {
      const at = nextDue.get(atMs)?.['at']
      return at === null || at === undefined ? null : Number(at)
    },
    postpone: (seq: number, dueAtMs: number): void => void postpone.run(dueAtMs, nowMs(), seq),
    /** Whatever waits for its time is due now. */
    hurry: (): void => void hurry.run(),
    /** Refused for good: kept for a person to look at, out of its lane's way. */
    setAside: (seq: number, why: string): void => void putAside.run(why, seq),
    /** Offers what was set aside again: under new numbers, because the old ones may lie below what is acknowledged already. */
    replay(): number {
      const rows = transaction(db, () =>
        aside.all().map((row) => {
          const { seq, event_id, epoch, at, body } = toEvent(row)
          forgetOne.run(seq)
          insert.run(event_id, epoch, at, body.kind, lanes.of(body), JSON.stringify(body))
        }),
      )
      if (rows.length > 0) changed()
      return rows.length
    },
    counts,
    /** For how long the oldest pending one has waited; null when none does. */
    oldestMs(): number | null {
      const row = oldest.get()
      return row === undefined ? null : Math.max(0, wallMs() - Date.parse(String(row['at'])))
    },
    last,
    /**
     * The control plane has stored numbers that this volume has not given yet: the volume was rolled back, by a copy of its files. What waits
     * gets numbers behind them, or it would be taken for known.
     */
    liftAbove(seq: number): void {
      if (seq <= last()) return
      transaction(db, () => {
        const before = last()
        if (before === 0) firstSeq.run(seq)
        else raiseSeq.run(seq + before)
        renumber.run(seq)
        renumberBack.run()
      })
    },
    prune(): void {
      seen.prune(nowMs())
      db.exec('pragma incremental_vacuum(1000)')
    },
    onChange(listener: () => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
export type Events = ReturnType<typeof createEvents>
