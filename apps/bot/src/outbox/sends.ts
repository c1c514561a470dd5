import { createHash } from 'node:crypto'
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { FailureReason, MessageKey, SendCard, SendMedia } from '@zaptria/contract'
import type { Lanes } from './lanes.ts'

/** An older one that was never acknowledged is for people to decide about. */
const DOUBT_MS = 24 * 3600_000
const KEEP_MS = 30 * 24 * 3600_000

/** `taken`: on disk, not tried. `trying`: the page may have it. The other three are results. */
export type SendState = 'taken' | 'trying' | 'handed' | 'failed' | 'unknown'

export type Send = {
  position: number
  messageId: string
  waId: string
  chatId: string
  aliasChatId: string | null
  /** With a file its caption. */
  body: string
  file: SendMedia | null
  /** Instead of text and file. */
  card: SendCard | null
  /** The message that it answers. */
  quoted: MessageKey | null
  priority: number
  attempt: number
  local: boolean
  state: SendState
  settle: boolean
  pairing: number | null
  tries: number
  reason: FailureReason | null
  detail: string | null
  expiresAtMs: number
}

/** One that may leave when its lane is free. */
export type Head = Send & { lane: string }

export type NewSend = Pick<
  Send,
  | 'messageId'
  | 'waId'
  | 'chatId'
  | 'aliasChatId'
  | 'body'
  | 'file'
  | 'card'
  | 'quoted'
  | 'priority'
  | 'attempt'
  | 'local'
  | 'settle'
  | 'expiresAtMs'
>

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

// Written by take alone, out of a command.
const read = (value: SQLOutputValue | undefined): unknown => (typeof value === 'string' ? JSON.parse(value) : null)
const written = (value: object | null): string | null => (value === null ? null : JSON.stringify(value))

const toSend = (row: Record<string, SQLOutputValue>): Send => ({
  position: Number(row['position']),
  messageId: String(row['message_id']),
  waId: String(row['wa_id']),
  chatId: String(row['chat_id']),
  aliasChatId: row['alias_chat_id'] === null ? null : String(row['alias_chat_id']),
  body: String(row['body']),
  ...besideOf(read(row['file']) as Beside | null),
  quoted: read(row['quoted']) as MessageKey | null,
  priority: Number(row['priority']),
  attempt: Number(row['attempt']),
  local: row['local'] === 1,
  state: row['state'] as SendState,
  settle: row['settle'] === 1,
  pairing: row['pairing'] === null ? null : Number(row['pairing']),
  tries: Number(row['tries']),
  reason: row['reason'] as FailureReason | null,
  detail: row['detail'] === null ? null : String(row['detail']),
  expiresAtMs: Number(row['expires_at']),
})

/**
 * A card lies where files do, as a file that there is not: so an older version of the bot, put back after a failed upgrade, does not take it for a
 * text, but finds no such file, and the message has failed.
 */
const NO_FILE = '00000000-0000-0000-0000-000000000000'
const besideText = ({ file, card }: NewSend): string | null => written(card === null ? file : { ...card, media_id: NO_FILE })
type Beside = SendMedia | (SendCard & { media_id: string })
const besideOf = (beside: Beside | null): Pick<Send, 'file' | 'card'> => {
  if (beside === null) return { file: null, card: null }
  switch (beside.type) {
    case 'location':
    case 'contact':
    case 'poll': {
      const { media_id: _, ...card } = beside
      return { file: null, card }
    }
    default:
      return { file: beside, card: null }
  }
}

/** Outgoing messages, each with what is known of it, on disk before the page is asked. */
export const createSends = (db: DatabaseSync, lanes: Pick<Lanes, 'ofChat' | 'learnNames'>, nowMs: () => number) => {
  const byId = db.prepare('select * from sends where message_id = ?')
  const byKey = db.prepare('select 1 from sends where wa_id = ?')
  const insert = db.prepare(
    `insert into sends (message_id, wa_id, chat_id, alias_chat_id, body, file, quoted, priority, attempt, local, state, settle, taken_at, expires_at, changed_at, body_hash, acked)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'taken', ?, ?, ?, ?, ?, 0)`,
  )
  const again = db.prepare(
    `update sends set state = 'trying', settle = 1, tries = 0, attempt = ?, chat_id = ?, alias_chat_id = ?, body = ?, file = ?, quoted = ?, priority = ?, expires_at = ?, changed_at = ?
     where message_id = ?`,
  )
  const heads = db.prepare(
    `select * from (
       select *, row_number() over (partition by coalesce((select phone from phones where lid = chat_id), chat_id) order by priority desc, position) as place
       from sends where state in ('taken', 'trying')
     ) where place = 1 order by priority desc, position limit ?`,
  )
  const expired = db.prepare(`select * from sends where state = 'taken' and settle = 0 and expires_at <= ?`)
  const nextExpiry = db.prepare(`select min(expires_at) as at from sends where state = 'taken' and settle = 0`)
  const trying = db.prepare(`update sends set state = 'trying', pairing = ?, tries = tries + 1, changed_at = ? where message_id = ?`)
  const settleFirst = db.prepare(`update sends set settle = ? where message_id = ?`)
  const interrupted = db.prepare(`update sends set settle = 1 where state = 'trying'`)
  // A body has done its duty once WhatsApp's servers have it: until then the page may lose it.
  const finish = db.prepare(
    `update sends set state = ?, reason = ?, detail = ?, settle = 0, changed_at = ?,
       body = case when ? = 'handed' and acked = 1 then '' else body end where message_id = ?`,
  )
  const acked = db.prepare(
    `update sends set acked = 1, body = case when state = 'handed' then '' else body end where wa_id = ? and acked = 0`,
  )
  const unacked = db.prepare(`select min(changed_at) as at from sends where state = 'handed' and acked = 0 and changed_at > ?`)
  const doubt = db.prepare(
    `update sends set state = 'trying', settle = 1, tries = 0 where state = 'handed' and acked = 0 and changed_at > ?`,
  )
  const prune = db.prepare(`delete from sends where state not in ('taken', 'trying') and changed_at < ?`)

  // Whoever was trying when the last process died did not write down how it ended.
  interrupted.run()

  return {
    get(messageId: string): Send | null {
      const row = byId.get(messageId)
      return row === undefined ? null : toSend(row)
    },
    /** True for keys of our own: their messages are not news. */
    ours: (waId: string): boolean => byKey.get(waId) !== undefined,
    take(send: NewSend): void {
      const now = nowMs()
      if (send.aliasChatId !== null) lanes.learnNames(send.chatId, send.aliasChatId)
      insert.run(
        send.messageId,
        send.waId,
        send.chatId,
        send.aliasChatId,
        send.body,
        besideText(send),
        written(send.quoted),
        send.priority,
        send.attempt,
        send.local ? 1 : 0,
        send.settle ? 1 : 0,
        now,
        send.expiresAtMs,
        now,
        send.local ? hashOf(send.body) : null,
      )
    },
    /** False when the message of that id is another one: to somebody else, or another text. Of what an older version took the text is not known any more. */
    isSame({ messageId, chatId, body }: Pick<Send, 'messageId' | 'chatId' | 'body'>): boolean {
      const row = byId.get(messageId)
      if (row === undefined) return true
      return row['chat_id'] === chatId && (row['body_hash'] === null || row['body_hash'] === hashOf(body))
    },
    /** Another attempt at one that has a result already: what became of the first is looked up before anything is sent. */
    takeAgain(send: NewSend): void {
      if (send.aliasChatId !== null) lanes.learnNames(send.chatId, send.aliasChatId)
      again.run(
        send.attempt,
        send.chatId,
        send.aliasChatId,
        send.body,
        besideText(send),
        written(send.quoted),
        send.priority,
        send.expiresAtMs,
        nowMs(),
        send.messageId,
      )
    },
    /** The next message of each contact or group, whichever name its chat has, the most urgent first. */
    heads: (limit: number): Head[] => heads.all(limit).map((row) => ({ ...toSend(row), lane: lanes.ofChat(String(row['chat_id'])) })),
    /** Whose messages keep their order. */
    lane: lanes.ofChat,
    /** What was not tried in time, and certainly has not left. */
    expired: (): Send[] => expired.all(nowMs()).map(toSend),
    nextExpiryMs(): number | null {
      const at = nextExpiry.get()?.['at']
      return at === null || at === undefined ? null : Number(at)
    },
    /** To be called before the page is. */
    trying: (messageId: string, pairing: number): void => void trying.run(pairing, nowMs(), messageId),
    settleFirst: (messageId: string, first: boolean): void => void settleFirst.run(first ? 1 : 0, messageId),
    finish: (messageId: string, state: 'handed' | 'failed' | 'unknown', reason: FailureReason | null, detail: string | null): void =>
      void finish.run(state, reason, detail, nowMs(), state, messageId),
    /** WhatsApp's servers have the message of this key, if it is one of ours. */
    noteAcked: (waId: string): void => void acked.run(waId),
    /** Since when the page has had the oldest message that WhatsApp's servers have not; null = there is none. */
    unackedSinceMs(): number | null {
      const at = unacked.get(nowMs() - DOUBT_MS)?.['at']
      return at === null || at === undefined ? null : Number(at)
    },
    /** There is another page: what the last one had and WhatsApp's servers have not is looked up, and sent again if it is gone. */
    doubtUnacked: (): void => void doubt.run(nowMs() - DOUBT_MS),
    prune: (): void => void prune.run(nowMs() - KEEP_MS),
  }
}
export type Sends = ReturnType<typeof createSends>
