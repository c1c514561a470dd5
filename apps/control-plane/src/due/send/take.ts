import type { Hint } from '@zaptria/contract'
import { phoneOfJid } from '@zaptria/core'
import { sql } from 'kysely'
import type { Hints } from '../../live/hints.ts'
import type { Db } from '../../store/db.ts'
import { takeDue } from '../take.ts'

/** One attempt, begun. */
export type Attempt = {
  id: string
  bot_id: string
  tenant_id: string
  conversation_id: string
  attempt: number
  public_url: string
  token_version: number
  to: string
  body: string
}

/** One WhatsApp session stands behind a foreign bot: more at once would only wait there, with their time running. */
const PER_BOT = 4
/** How long an attempt is its taker's. Longer than any attempt lasts. */
export const LEASE_SECONDS = 60
/** A chat waits so long for a message that nobody knows the end of (rule 7). */
const UNKNOWN_HOLDS_SECONDS = 60
const BATCH = 500

/**
 * Begins attempts: of each chat the message that goes first (a person's before a flow's, then by age), when nothing else of the chat is on its
 * way and the bot has room. Chats are locked first, and looked at once more under the lock: two replicas never have one chat both. The bots' locks
 * make a move to another transport wait, or be seen.
 */
export function takeAttempts(db: Db, limit: number): Promise<Attempt[]> {
  if (limit <= 0) return Promise.resolve([])
  return db.transaction().execute(async (trx) => {
    const { rows: chats } = await sql<{ id: string }>`
      with heads as (
        select distinct on (m.conversation_id) m.conversation_id, m.bot_id, m.priority, m.seq, m.due_at
        from bots b join messages m on m.bot_id = b.id
        where b.transport = 'http' and b.desired = 'running' and m.status = 'queued' and m.media_id is null and m.content is null
          and (m.expires_at is null or m.expires_at > now())
        order by m.conversation_id, m.priority desc, m.seq
      ), ready as (
        select h.*, row_number() over (partition by h.bot_id order by h.priority desc, h.seq) as nr
        from heads h
        where (h.due_at is null or h.due_at <= now()) and not ${chatWaits(sql`h.conversation_id`)}
      )
      select c.id from ready r join conversations c on c.id = r.conversation_id join bots b on b.id = r.bot_id
      where r.nr <= ${PER_BOT} - (select count(*) from messages o where o.bot_id = r.bot_id and o.status = 'handed')
      order by r.priority desc, r.seq
      limit ${limit}
      for update of c skip locked
      for share of b skip locked`.execute(trx)
    if (chats.length === 0) return []
    const { rows } = await sql<Omit<Attempt, 'to'> & { chat_id: string; alias_chat_id: string | null }>`
      with heads as (
        select distinct on (conversation_id) id from messages
        where conversation_id = any(${chats.map((chat) => chat.id)}::uuid[]) and status = 'queued' and media_id is null and content is null
          and (expires_at is null or expires_at > now())
        order by conversation_id, priority desc, seq
      ), free as (
        -- Somebody who cancels it holds it, and waits for the chat that we hold.
        select m.id from messages m join heads using (id) where m.status = 'queued' for update of m skip locked
      )
      update messages m set status = 'handed', handed_at = now(), attempt = m.attempt + 1, updated_at = now(),
        due_at = now() + make_interval(secs => ${LEASE_SECONDS})
      from free, conversations c, bots b
      where m.id = free.id and (m.due_at is null or m.due_at <= now())
        and c.id = m.conversation_id and b.id = m.bot_id and b.transport = 'http' and b.desired = 'running'
        and not ${chatWaits(sql`m.conversation_id`)}
      returning m.id, m.bot_id, m.tenant_id, m.conversation_id, m.attempt, m.body, b.public_url, b.token_version, c.chat_id, c.alias_chat_id`.execute(
      trx,
    )
    return rows.map(({ chat_id, alias_chat_id, ...row }) => ({ ...row, to: addressee(chat_id, alias_chat_id) }))
  })
}

const chatWaits = (conversation: ReturnType<typeof sql>) => sql`exists (
  select from messages o where o.conversation_id = ${conversation}
    and (o.status = 'handed' or o.status = 'unknown' and o.updated_at > now() - make_interval(secs => ${UNKNOWN_HOLDS_SECONDS})))`

/** A bot that knows no more than the seed knows phone numbers and groups; a LID is for when there is nothing else. */
function addressee(chatId: string, alias: string | null): string {
  return [chatId, alias].find((jid) => jid !== null && phoneOfJid(jid) !== null) ?? chatId
}

/** The seed's contract knows text alone: files, locations, contacts and polls cannot be sent by a foreign bot. */
export function refuseAllButText({ db, hints }: { db: Db; hints: Pick<Hints, 'changed'> }): Promise<'again' | 'done'> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ conversation_id: string; tenant_id: string }>`
      update messages set status = 'failed', failure_reason = 'unsupported', updated_at = now()
      where id in (
        select m.id from bots b join messages m on m.bot_id = b.id
        where b.transport = 'http' and m.status = 'queued' and (m.media_id is not null or m.content is not null)
        order by m.seq limit ${BATCH} for update of m skip locked
      )
      returning conversation_id, tenant_id`.execute(trx)
    await hints.changed(trx, rows.map(messageHint))
    return rows.length === BATCH ? 'again' : 'done'
  })
}

/**
 * Attempts whose taker has vanished, or never wrote down how it ended, are `unknown` and are not made again. The Idempotency-Key would make a
 * repeat safe with a bot of ours, which remembers it; but the seed's contract does not know the header, a foreign bot may be any program, and one
 * that ignores it would send the message a second time. Nor would the repeat tell us more than the first answer could.
 * A row without a lease was handed to our own bot just before its place changed.
 */
export function giveUpAttempts({ db, hints }: { db: Db; hints: Pick<Hints, 'changed'> }): Promise<'again' | 'done'> {
  return db.transaction().execute(async (trx) => {
    const due = await takeDue(trx, {
      table: 'messages',
      due: 'handed_at',
      where: sql`status = 'handed' and bot_id in (select id from bots where transport = 'http')
        and coalesce(due_at, handed_at + make_interval(secs => ${LEASE_SECONDS})) <= now()`,
      limit: BATCH,
    })
    if (due.length === 0) return 'done'
    const rows = await trx
      .updateTable('messages')
      .set({ status: 'unknown', due_at: null, failure_detail: 'nobody heard how the attempt ended', updated_at: sql<Date>`now()` })
      .where('id', 'in', due)
      .returning(['conversation_id', 'tenant_id'])
      .execute()
    await hints.changed(trx, rows.map(messageHint))
    return due.length === BATCH ? 'again' : 'done'
  })
}

const messageHint = ({ conversation_id, tenant_id }: { conversation_id: string; tenant_id: string }): Hint => ({
  noun: 'message',
  id: conversation_id,
  tenant_id,
  version: String(Date.now()),
})
