import type { ChangeCommand, ChangeKind, ChangeResultEvent } from '@zaptria/contract'
import { sql } from 'kysely'
import { uuidv7 } from '../uuid.ts'
import { putDeleted, putReaction, putText } from './changes.ts'
import type { Row, Trx } from './tables.ts'

type BotRef = { id: string; tenantId: string }

/** At most so many for each bot are taken at once. */
const WINDOW = 50

/** The message that a change is about has reached WhatsApp, and nothing that was asked of it before is still under way: their order is kept. */
const TURN = sql<boolean>`m.status in ('received', 'accepted', 'delivered', 'read') and not exists (
  select from message_changes o where o.message_id = c.message_id and o.seq < c.seq and o.status in ('queued', 'handed'))`

/** True where there is something to hand to the bot `b`. */
export const CHANGES_WAIT = sql<boolean>`exists (
  select from message_changes c join messages m on m.id = c.message_id
  where c.bot_id = b.id and c.status = 'queued' and c.expires_at > now() and ${TURN})`

/** What is wanted of a message becomes a row. The message is locked. */
export async function askChange(
  trx: Trx,
  message: Row<'messages'>,
  o: { kind: ChangeKind; content: string; askedBy: string; expiresInMs: number },
): Promise<Row<'message_changes'>> {
  return trx
    .insertInto('message_changes')
    .values({
      id: uuidv7(),
      tenant_id: message.tenant_id,
      bot_id: message.bot_id,
      conversation_id: message.conversation_id,
      message_id: message.id,
      kind: o.kind,
      content: o.content,
      asked_by: o.askedBy,
      expires_at: sql<Date>`now() + make_interval(secs => ${o.expiresInMs / 1000})`,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** What was asked of a message last, of one kind, and is still under way. */
export async function openChange(trx: Trx, messageId: string, kind: ChangeKind): Promise<Row<'message_changes'> | undefined> {
  return trx
    .selectFrom('message_changes')
    .selectAll()
    .where('message_id', '=', messageId)
    .where('kind', '=', kind)
    .where('status', 'in', ['queued', 'handed'])
    .orderBy('seq', 'desc')
    .executeTakeFirst()
}

type Taken = {
  id: string
  bot_id: string
  seq: string
  kind: ChangeKind
  content: string
  left_ms: number
  wa_id: string
  from_me: boolean
  sender: string | null
  number: string | null
  chat_id: string
  alias_chat_id: string | null
}

/** Takes what bots are to do to messages now, of each in the order asked, and marks it handed. What gets lost on the way is queued again when its next link begins. */
export async function takeChanges(trx: Trx, botIds: readonly string[]): Promise<Map<string, { id: string; command: ChangeCommand }[]>> {
  if (botIds.length === 0) return new Map()
  const { rows } = await sql<Taken>`
    with wanted as (
      select c.id from message_changes c join messages m on m.id = c.message_id
      where c.bot_id = any(${botIds}::uuid[]) and c.status = 'queued' and c.expires_at > now() and ${TURN}
      order by c.seq limit ${WINDOW * botIds.length} for update of c
    )
    update message_changes c set status = 'handed', handed_at = now(), updated_at = now()
    from wanted w, messages m, conversations t, bots b
    where c.id = w.id and m.id = c.message_id and t.id = m.conversation_id and b.id = c.bot_id
    returning c.id, c.bot_id, c.seq, c.kind, c.content, extract(epoch from c.expires_at - now())::float8 * 1000 as left_ms, m.wa_id, m.from_me, m.sender, b.number,
      t.chat_id, t.alias_chat_id`.execute(trx)
  const inOrder = rows.toSorted((a, b) => Number(BigInt(a.seq) - BigInt(b.seq)))
  const theirs = Map.groupBy(inOrder, (row) => row.bot_id)
  return new Map([...theirs].map(([botId, list]) => [botId, list.map((row) => ({ id: row.id, command: toCommand(row) }))]))
}

function toCommand(row: Taken): ChangeCommand {
  const own = row.number === null ? row.chat_id : `${row.number}@c.us`
  const sender = row.from_me ? own : (row.sender ?? row.chat_id)
  const about = {
    change_id: row.id,
    target: { wa_id: row.wa_id, chat_id: row.chat_id, from_me: row.from_me, sender },
    alias_chat_id: row.alias_chat_id,
    expires_in_ms: Math.max(1, Math.floor(row.left_ms)),
  }
  switch (row.kind) {
    case 'react':
      return { kind: 'react', ...about, emoji: row.content }
    case 'edit':
      return { kind: 'edit', ...about, body: row.content }
    case 'revoke':
      return { kind: 'revoke', ...about }
    default:
      return row.kind satisfies never
  }
}

/** Another link begins: whatever was handed without a word since is handed again. Each may be repeated. */
export async function requeueChanges(trx: Trx, botId: string): Promise<void> {
  await trx.updateTable('message_changes').set({ status: 'queued' }).where('bot_id', '=', botId).where('status', '=', 'handed').execute()
}

/** The bot does not know such a command. */
export async function refuseChange(trx: Trx, botId: string, id: string, detail: string): Promise<void> {
  await trx
    .updateTable('message_changes')
    .set({ status: 'failed', failure_reason: 'unsupported', failure_detail: detail, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('bot_id', '=', botId)
    .where('status', '=', 'handed')
    .execute()
}

/**
 * The bot's word on a change. That WhatsApp has it is a fact, whatever was concluded before; the page tells of it as well, and what was told of it
 * already stays as it was told. Answers with the conversation, when there is news.
 */
export async function settleChange(trx: Trx, bot: BotRef, result: ChangeResultEvent): Promise<string | null> {
  const done = result.outcome === 'done'
  const asked = await trx
    .selectFrom('message_changes')
    .select(['message_id', 'conversation_id'])
    .where('id', '=', result.change_id)
    .where('bot_id', '=', bot.id)
    .executeTakeFirst()
  if (asked === undefined) return null
  // In the order in which they are always locked.
  await sql`select from conversations where id = ${asked.conversation_id} for update`.execute(trx)
  await sql`select from messages where id = ${asked.message_id} for update`.execute(trx)
  const row = await trx
    .updateTable('message_changes')
    .set({
      status: done ? 'done' : result.reason === 'expired' ? 'expired' : 'failed',
      failure_reason: done ? null : (result.reason ?? 'engine_error'),
      failure_detail: done ? null : (result.detail ?? null),
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', result.change_id)
    .where('status', 'in', done ? ['queued', 'handed', 'failed', 'expired'] : ['queued', 'handed'])
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) return null
  if (done) await take(trx, bot, row)
  else await sql`update messages set updated_at = now() where id = ${row.message_id}`.execute(trx)
  return row.conversation_id
}

/** As of when it was handed over: what anybody did afterwards is newer. */
async function take(trx: Trx, { tenantId }: BotRef, row: Row<'message_changes'>): Promise<void> {
  const atMs = (row.handed_at ?? row.created_at).getTime()
  const messageId = row.message_id
  switch (row.kind) {
    case 'react':
      if ((await ownReaction(trx, messageId)) !== row.content)
        await putReaction(trx, { tenantId, messageId, fromMe: true, sender: '', emoji: row.content, atMs })
      return
    case 'edit':
      await putText(trx, { tenantId, messageId, body: row.content, atMs })
      return
    case 'revoke':
      await putDeleted(trx, messageId, atMs)
      return
    default:
      row.kind satisfies never
  }
}

/** This account's emoji on a message; empty when there is none. */
export async function ownReaction(trx: Trx, messageId: string): Promise<string> {
  const row = await trx
    .selectFrom('message_reactions')
    .select('emoji')
    .where('message_id', '=', messageId)
    .where('from_me', '=', true)
    .executeTakeFirst()
  return row?.emoji ?? ''
}
