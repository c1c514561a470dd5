import { sql } from 'kysely'
import type { MessageAuthor, MessageContent, MessageStatus } from '@zaptria/contract'
import { someRandomBytes } from '../random.ts'
import { uuidv7 } from '../uuid.ts'
import type { Trx } from './tables.ts'

/** A key in the form that WhatsApp's own clients choose. */
export const newWaId = (): string => `3EB0${someRandomBytes(9).toString('hex').toUpperCase()}`

/** WhatsApp's own part of a key; whatsapp-web.js writes `false_<chat>_<id>` and, in groups, `false_<chat>_<id>_<participant>`. */
export function ownKey(key: string): string {
  return /^(?:true|false)_[^_]+_([^_]+)/.exec(key)?.[1] ?? key
}

/** A person's answer goes before a flow's; each expires when nobody would want it any more (rule 7). */
export const OUTGOING = {
  person: { priority: 20, expiresInSeconds: 24 * 3600 },
  api: { priority: 10, expiresInSeconds: 24 * 3600 },
  flow: { priority: 0, expiresInSeconds: 600 },
} as const
export type OutgoingAuthor = keyof typeof OUTGOING

/** A message row about to be stored, as JSON for one set-based insert. Dates are milliseconds. */
export type MessageInsert = {
  id: string
  tenant_id: string
  bot_id: string
  conversation_id: string
  wa_id: string
  from_me: boolean
  sender: string
  /** What that one of the group called themselves. */
  sender_name: string | null
  author: MessageAuthor
  body: string
  type: string
  status: MessageStatus
  media: unknown
  media_id: string | null
  content: MessageContent | null
  /** The key's own part of the message that it answers, in the same conversation. */
  quoted: string | null
  wa_at_ms: number
  priority: number
  expires_in_s: number | null
  /** Scheduled for then. */
  due_at_ms: number | null
}

/** Whose conversation it is. */
export type ConversationRef = { id: string; tenant_id: string; bot_id: string }

/** An outgoing message in the making: the key is chosen now, before any attempt (rule 7). */
export function outgoing(o: { conversation: ConversationRef; author: OutgoingAuthor; body: string; nowMs: number }): MessageInsert {
  return {
    id: uuidv7(),
    tenant_id: o.conversation.tenant_id,
    bot_id: o.conversation.bot_id,
    conversation_id: o.conversation.id,
    wa_id: newWaId(),
    from_me: true,
    sender: '',
    sender_name: null,
    author: o.author,
    body: o.body,
    type: 'chat',
    status: 'queued',
    media: null,
    media_id: null,
    content: null,
    quoted: null,
    wa_at_ms: o.nowMs,
    priority: OUTGOING[o.author].priority,
    expires_in_s: OUTGOING[o.author].expiresInSeconds,
    due_at_ms: null,
  }
}

/** Claims the messages' keys; answers with the ids whose key was free. The others are doubles. */
export async function claimKeys(trx: Trx, messages: readonly MessageInsert[]): Promise<Set<string>> {
  if (messages.length === 0) return new Set()
  const { rows } = await sql<{ message_id: string }>`
    insert into message_keys (bot_id, conversation_id, from_me, sender, wa_id, tenant_id, message_id)
    select m.bot_id, m.conversation_id, m.from_me, m.sender, m.wa_id, m.tenant_id, m.id
    from json_to_recordset(${JSON.stringify(messages.map(keyOf))}::json) as m(id uuid, tenant_id uuid, bot_id uuid, conversation_id uuid,
      from_me bool, sender text, wa_id text)
    on conflict do nothing
    returning message_id`.execute(trx)
  return new Set(rows.map((row) => row.message_id))
}

const keyOf = ({ id, tenant_id, bot_id, conversation_id, from_me, sender, wa_id }: MessageInsert): object => ({
  id,
  tenant_id,
  bot_id,
  conversation_id,
  from_me,
  sender,
  wa_id,
})

/**
 * Stores messages in the order given (`seq` grows with it), and claims their keys, but for those that are `claimed` already. A freshly chosen
 * key is never taken; were it so, this throws.
 */
export async function insertMessages(
  trx: Trx,
  messages: readonly MessageInsert[],
  claimed: ReadonlySet<string> = new Set(),
): Promise<void> {
  if (messages.length === 0) return
  const rows = messages.map((message) => ({ ...message, claim: !claimed.has(message.id) }))
  await sql`
    with m as materialized (
      select * from rows from (json_to_recordset(${JSON.stringify(rows)}::json) as (id uuid, tenant_id uuid, bot_id uuid, conversation_id uuid, wa_id text, from_me bool,
        sender text, sender_name text, author text, body text, type text, status text, media jsonb, media_id uuid, content jsonb, quoted text, wa_at_ms float8, priority int, expires_in_s int,
        due_at_ms float8, claim bool)) with ordinality as m(id, tenant_id, bot_id, conversation_id, wa_id, from_me, sender, sender_name, author, body, type, status, media, media_id, content, quoted, wa_at_ms,
        priority, expires_in_s, due_at_ms, claim, nr)
    ), keys as (
      insert into message_keys (bot_id, conversation_id, from_me, sender, wa_id, tenant_id, message_id)
      select bot_id, conversation_id, from_me, sender, wa_id, tenant_id, id from m where claim
    )
    insert into messages (id, tenant_id, bot_id, conversation_id, wa_id, from_me, sender, sender_name, author, body, type, status, media, media_id, content, quoted, wa_at,
      priority, due_at, expires_at)
    select m.id, m.tenant_id, m.bot_id, m.conversation_id, m.wa_id, m.from_me, nullif(m.sender, ''), m.sender_name, m.author, m.body, m.type, m.status,
      nullif(m.media, 'null'::jsonb), m.media_id, nullif(m.content, 'null'::jsonb), m.quoted, to_timestamp(m.wa_at_ms / 1000.0), m.priority, to_timestamp(m.due_at_ms / 1000.0),
      coalesce(to_timestamp(m.due_at_ms / 1000.0), now()) + make_interval(secs => m.expires_in_s)
    from m order by m.nr`.execute(trx)
}
