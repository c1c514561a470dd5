import type { BotCommand, BotState, MessageContent, MessageKey, SendCommand, SendContent } from '@zaptria/contract'
import { UNKNOWN_COMMAND, mediaKindOf } from '@zaptria/contract'
import { sql } from 'kysely'
import { refuseChange, takeChanges } from './asked-changes.ts'
import type { Db } from './db.ts'
import type { Trx } from './tables.ts'
import { together } from './together.ts'
import { withTenant, withTenants } from './with-tenant.ts'

type BotRef = { id: string; tenantId: string }
export type Handed = { id: string; command: BotCommand }

/** At most so many messages are with a bot that its page has not taken yet: what waits here can still be cancelled, and overtaken. */
const WINDOW = 100

/** Whoever asks what the bot is to be told: its link, and the volume at the other end. */
export type Asking = { bot: BotRef; linkId: string; volumeId: string }

/**
 * Takes what bots are to be told now, and marks it handed: message rows are the commands (rule 7). Only a bot's last link gets any, and only the
 * volume that holds the grant; messages wait here until the session is connected. Whoever takes them must send them; what gets lost on the way is
 * due again when the bot's next link begins, with `attempt` grown, so that the bot settles it by key first. So when this throws, nobody knows
 * whether something was taken, and the links have to end. Answers for each who asks.
 */
export function takeCommands(db: Db, askings: readonly Asking[]): Promise<Handed[][]> {
  const tenants = [...new Set(askings.map(({ bot }) => bot.tenantId))]
  return withTenants(db, tenants, async (trx) => {
    // Until this is over no other link of these bots begins: what is taken here is handed, or due again there.
    const { rows } = await sql<{ id: string; link_id: string; state: BotState; volume_id: string | null }>`
      select b.id, b.link_id, b.state, g.volume_id
      from unnest(${askings.map(({ bot }) => bot.id)}::uuid[], ${askings.map(({ linkId }) => linkId)}::uuid[]) as a(bot_id, link_id)
      join bots b on b.id = a.bot_id and b.link_id = a.link_id and b.transport = 'link' left join grants g on g.bot_id = b.id
      order by b.id for key share of b`.execute(trx)
    const toldBy = new Map(rows.map((row) => [row.link_id, row]))
    const mayBeTold = askings.filter(({ linkId, volumeId }) => {
      const to = toldBy.get(linkId)
      return to !== undefined && (to.volume_id === null || to.volume_id === volumeId)
    })
    const connected = mayBeTold.filter(({ linkId }) => toldBy.get(linkId)?.state === 'connected')
    const [others, messages, changes] = await together(
      takeOthers(trx, mayBeTold.map(botId)),
      takeMessages(trx, connected.map(botId)),
      takeChanges(trx, connected.map(botId)),
    )
    const toldTo = (id: string): Handed[] => [others, messages, changes].flatMap((each) => each.get(id) ?? [])
    return askings.map((asking) => (mayBeTold.includes(asking) ? toldTo(asking.bot.id) : []))
  })
}

const botId = ({ bot }: Asking): string => bot.id

async function takeOthers(trx: Trx, botIds: readonly string[]): Promise<Map<string, Handed[]>> {
  if (botIds.length === 0) return new Map()
  const rows = await trx
    .updateTable('bot_commands')
    .set({ handed_at: sql<Date>`now()` })
    .where('bot_id', '=', sql<string>`any(${botIds}::uuid[])`)
    .where('done_at', 'is', null)
    .where('handed_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .returning(['id', 'bot_id', 'command', 'created_at'])
    .execute()
  return byBot(
    rows.toSorted((a, b) => a.created_at.getTime() - b.created_at.getTime()),
    ({ id, command }) => ({ id, command }),
  )
}

function byBot<R extends { bot_id: string }>(rows: readonly R[], handed: (row: R) => Handed): Map<string, Handed[]> {
  return new Map([...Map.groupBy(rows, (row) => row.bot_id)].map(([id, theirs]) => [id, theirs.map(handed)]))
}

type Taken = {
  id: string
  bot_id: string
  seq: string
  wa_id: string
  body: string
  type: string
  attempt: number
  priority: number
  left_ms: number
  chat_id: string
  alias_chat_id: string | null
  content: MessageContent | null
  quoted: string | null
  quoted_from_me: boolean | null
  quoted_sender: string | null
  media_id: string | null
  mimetype: string | null
  filename: string | null
  size_bytes: string | null
  sha256: string | null
}

async function takeMessages(trx: Trx, botIds: readonly string[]): Promise<Map<string, Handed[]>> {
  if (botIds.length === 0) return new Map()
  const { rows } = await sql<Taken>`
    with wanted as materialized (
      select w.id from unnest(${botIds}::uuid[]) as bot(id) cross join lateral (
        select id from messages
        where bot_id = bot.id and status in ('queued', 'handed', 'unknown')
          and ((status = 'queued' and (expires_at is null or expires_at > now())) or (status = 'handed' and due_at <= now()))
        order by priority desc, seq
        limit greatest(0, ${WINDOW} - (
          select count(*) from messages where bot_id = bot.id and status = 'handed' and page_at is null and due_at is null))
      ) w
    ), open as (
      -- Waited for, in the order in which acks lock them: one that was passed over would be overtaken by the next of its chat.
      select id from messages
      where id in (select id from wanted) and (status = 'queued' or (status = 'handed' and due_at <= now()))
      order by id for update
    )
    update messages m set status = 'handed', handed_at = now(), attempt = m.attempt + 1, due_at = null, updated_at = now()
    from open join messages o on o.id = open.id join conversations c on c.id = o.conversation_id left join media f on f.id = o.media_id
      left join lateral (
        select from_me, sender from message_keys k
        where k.bot_id = o.bot_id and k.wa_id = o.quoted and k.conversation_id = o.conversation_id limit 1
      ) q on true
    where m.id = open.id
    returning m.id, m.bot_id, m.seq, m.wa_id, m.body, m.type, m.attempt, m.priority, m.content, m.quoted, q.from_me as quoted_from_me, q.sender as quoted_sender, c.chat_id, c.alias_chat_id,
      f.id as media_id, f.mimetype, f.filename, f.size_bytes, f.sha256,
      coalesce(extract(epoch from m.expires_at - now())::float8 * 1000, 86400000) as left_ms`.execute(trx)
  return byBot(
    rows.toSorted((a, b) => b.priority - a.priority || Number(BigInt(a.seq) - BigInt(b.seq))),
    (row) => ({ id: row.id, command: toSend(row) }),
  )
}

function toSend(row: Taken): SendCommand {
  return {
    kind: 'send',
    message_id: row.id,
    wa_id: row.wa_id,
    chat_id: row.chat_id,
    alias_chat_id: row.alias_chat_id,
    message: contentOf(row),
    ...quotedOf(row),
    // One that has expired since it was handed out first is only to be settled.
    expires_in_ms: Math.max(1, Math.floor(row.left_ms)),
    attempt: row.attempt,
    priority: row.priority,
  }
}

/** The chat's name may have changed since: the bot looks under both. */
function quotedOf({ quoted, quoted_from_me, quoted_sender, chat_id }: Taken): { quoted?: MessageKey } {
  if (quoted === null || quoted_from_me === null) return {}
  return { quoted: { wa_id: quoted, chat_id, from_me: quoted_from_me, sender: quoted_sender || chat_id } }
}

function contentOf(row: Taken): SendContent {
  if (row.content !== null) return cardOf(row.content)
  if (row.media_id === null) return { type: 'text', body: row.body }
  return {
    type: mediaKindOf(row.type),
    media_id: row.media_id,
    mimetype: row.mimetype!,
    ...(row.filename === null ? {} : { filename: row.filename }),
    size_bytes: Number(row.size_bytes),
    sha256: row.sha256!,
    ...(row.body === '' ? {} : { caption: row.body }),
  }
}

function cardOf(content: MessageContent): SendContent {
  switch (content.kind) {
    case 'location': {
      const { kind, ...place } = content
      return { type: kind, ...place }
    }
    case 'contacts':
      return { type: 'contact', contacts: content.contacts }
    case 'poll': {
      const { kind, ...poll } = content
      return { type: kind, ...poll }
    }
    default:
      return content satisfies never
  }
}

/** The bot took a command on, or refused it. What comes of a message, or of a change of one, arrives as events; a refused one has failed. */
export async function commandReplied(db: Db, bot: BotRef, reply: { id: string; ok: boolean; error?: string | undefined }): Promise<void> {
  await withTenant(db, bot.tenantId, async (trx) => {
    const done = await trx
      .updateTable('bot_commands')
      .set({ done_at: sql<Date>`now()`, error: reply.ok ? null : (reply.error ?? 'refused') })
      .where('id', '=', reply.id)
      .where('bot_id', '=', bot.id)
      .returning('id')
      .executeTakeFirst()
    if (done !== undefined || reply.ok) return
    await trx
      .updateTable('messages')
      .set({
        status: 'failed',
        failure_reason: reply.error === UNKNOWN_COMMAND ? 'unsupported' : 'engine_error',
        failure_detail: reply.error ?? 'refused',
        updated_at: sql<Date>`now()`,
      })
      .where('id', '=', reply.id)
      .where('bot_id', '=', bot.id)
      .where('status', '=', 'handed')
      .execute()
    await refuseChange(trx, bot.id, reply.id, reply.error ?? 'refused')
  })
}
