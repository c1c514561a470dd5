import type { Hint, MessageEvent } from '@zaptria/contract'
import { isGroup, isLid, isPerson, phoneOfJid } from '@zaptria/core'
import { sql } from 'kysely'
import type { EarlyChange } from '../store/changes.ts'
import { takeEarly } from '../store/changes.ts'
import type { KnownName } from '../store/contacts.ts'
import { knownNames, lockContacts, resolveContacts } from '../store/contacts.ts'
import type { LockedConversation } from '../store/conversations.ts'
import { lockConversations } from '../store/conversations.ts'
import { activeFlows, loadFlows } from '../store/flows.ts'
import type { MessageInsert } from '../store/messages.ts'
import { claimKeys } from '../store/messages.ts'
import type { MediaInsert } from '../store/media.ts'
import { incomingMedia, insertMedia } from '../store/media.ts'
import type { Last } from '../store/pipelined.ts'
import type { Trx } from '../store/tables.ts'
import { together } from '../store/together.ts'
import { uuidv7 } from '../uuid.ts'
import { sameJid } from './jid.ts'
import type { BotRef } from './types.ts'
import { Talk } from './talk.ts'
import { runVersions, writeTalks } from './talks.ts'

/** What one bot reports. `carriesMedia`: it brings the bytes of media afterwards, as ours do; of a foreign one there is nothing to wait for. */
export type Report = { bot: BotRef; carriesMedia: boolean; events: readonly MessageEvent[] }
/** Of one bot's messages, how many were new, and how many the flow answered with. */
export type StoredMessages = { queued: number; stored: number }

/** Status updates of contacts, lists of the owner's, and channels that the number follows are no conversation. */
const isTalk = ({ chat_id }: MessageEvent): boolean => !/@(?:broadcast|newsletter)$/.test(chat_id)

/** What is known of the names in reports, stored already or not; nobody else makes contacts of these bots from now on. */
export async function namesIn(trx: Trx, reports: readonly Report[]): Promise<KnownName[]> {
  const names = reports.flatMap(({ bot, events }) =>
    events.filter(isTalk).flatMap((event) => jidsOf(event).map((jid) => ({ botId: bot.id, jid }))),
  )
  if (names.length === 0) return []
  const [, known] = await together(lockContacts(trx, [...new Set(names.map(({ botId }) => botId))]), knownNames(trx, names))
  return known
}

/** Stores messages, each once, lets the flows answer, and writes it all set by set. Answers for each report; `early`: what was heard of them before. */
export async function storeMessages(
  trx: Trx,
  reports: readonly Report[],
  { nowMs, known, last }: { nowMs: number; known: readonly KnownName[]; last: Last },
): Promise<{ hints: Hint[]; of: StoredMessages[]; early: EarlyChange[] }> {
  const heard = reports.flatMap((report) => report.events.filter(isTalk).map((event) => normalized(report, event, nowMs)))
  if (heard.length === 0) return { hints: [], of: reports.map(() => ({ queued: 0, stored: 0 })), early: [] }
  const { ids: contacts, merged } = await resolveContacts(
    trx,
    heard.map(({ bot, jids, chatId, event }) => ({ bot, jids, pushName: nameOf(chatId, event) })),
    known,
  )
  // What needs no other's answer is on its way together; the database takes it in this order.
  const [conversations, active] = await together(
    lockConversations(
      trx,
      heard.map((one, i) => ({
        bot: one.bot,
        contactId: contacts[i]!,
        chatId: one.chatId,
        aliasChatId: one.alias,
        sinceMs: Math.min(one.atMs, nowMs),
      })),
    ),
    activeFlows(trx, [...new Set(heard.map(({ bot }) => bot.tenantId))]),
  )
  const conversationOf = (i: number): LockedConversation => {
    const conversation = conversations.get(contacts[i]!)
    if (conversation === undefined) throw new Error('a conversation vanished under its lock')
    return conversation
  }

  const isOurs = await knownKeys(trx, heard)
  const rows = heard.map((one, i) => messageRow(one, conversationOf(i).id))
  const claims = rows.filter((row) => !isOurs(row))
  const [fresh, early] = await together(claimKeys(trx, claims), takeEarly(trx, claims))
  const revoked = new Set(early.flatMap(({ botId, event }) => (event.kind === 'revoke' ? [`${botId} ${event.target.wa_id}`] : [])))

  const flows = fresh.size === 0 ? [] : await loadFlows(trx, active, runVersions(conversations.values()))
  const talks = new Map<string, Talk>()
  const inserts: MessageInsert[] = []
  const files: MediaInsert[] = []
  heard.forEach((one, i) => {
    const row = rows[i]!
    const conversation = conversationOf(i)
    const talk = talks.get(conversation.id) ?? new Talk(conversation, flows, nowMs)
    talks.set(conversation.id, talk)
    talk.seenAs(one.chatId, one.alias)
    if (!fresh.has(row.id)) return
    if (one.event.media !== undefined) {
      const file = incomingMedia(one.bot.tenantId, one.event.media, one.event.type, one.carriesMedia)
      files.push(file)
      row.media_id = file.id
    }
    // What was deleted before it came is not answered.
    const person = isPerson(one.chatId) && !revoked.has(`${row.bot_id} ${row.wa_id}`)
    inserts.push(...talk.hear({ row, atMs: one.atMs, person, phone: one.phone, pushName: one.event.push_name ?? null }))
  })

  await insertMedia(trx, files)
  const hints = await writeTalks(trx, [...talks.values()], inserts, last, fresh)
  for (const { bot, conversationId: id } of merged)
    hints.push({ noun: 'conversation', id, tenant_id: bot.tenantId, version: String(Math.floor(nowMs)) })
  const of = reports.map(({ bot }) => {
    const theirs = inserts.filter((row) => row.bot_id === bot.id)
    return {
      stored: theirs.filter((row) => fresh.has(row.id)).length,
      queued: theirs.filter((row) => row.status === 'queued').length,
    }
  })
  return { hints, of, early }
}

type Heard = {
  bot: BotRef
  carriesMedia: boolean
  event: MessageEvent
  chatId: string
  jids: string[]
  alias: string | null
  phone: string | null
  atMs: number
}

function normalized({ bot, carriesMedia }: Report, event: MessageEvent, nowMs: number): Heard {
  const chatId = sameJid(event.chat_id)
  // A time beyond tomorrow would stay on top of every list.
  const atMs = Math.min(event.timestamp * 1000, nowMs + 86_400_000)
  const jids = jidsOf(event)
  const whose = { bot, carriesMedia, event, chatId, jids, atMs }
  if (!isPerson(chatId)) return { ...whose, alias: null, phone: null }
  return {
    ...whose,
    alias: jids.find((jid) => jid !== chatId && isLid(jid) !== isLid(chatId)) ?? null,
    phone: jids.map(phoneOfJid).find((digits) => digits !== null) ?? null,
  }
}

function jidsOf(event: MessageEvent): string[] {
  const chatId = sameJid(event.chat_id)
  // In a group, phone and LID belong to whoever wrote, not to the chat.
  if (!isPerson(chatId)) return [chatId]
  const names = [event.phone, event.lid]
    .filter((jid) => jid !== null)
    .map(sameJid)
    .filter(isPerson)
  return [...new Set([chatId, ...names])]
}

/** What the chat's other side calls itself; not, in a group, what somebody in it does. */
function nameOf(chatId: string, event: MessageEvent): string | null {
  if (isGroup(chatId)) return event.subject ?? null
  return event.from_me ? null : (event.push_name ?? null)
}

function messageRow({ bot, event, chatId, atMs }: Heard, conversationId: string): MessageInsert {
  return {
    id: uuidv7(),
    tenant_id: bot.tenantId,
    bot_id: bot.id,
    conversation_id: conversationId,
    wa_id: event.wa_id,
    from_me: event.from_me,
    sender: isGroup(chatId) && !event.from_me ? sameJid(event.sender) : '',
    sender_name: isGroup(chatId) && !event.from_me ? (event.push_name ?? null) : null,
    author: event.from_me ? 'owner' : 'contact',
    body: event.body,
    type: event.type,
    status: event.from_me ? 'accepted' : 'received',
    media: event.media ?? null,
    media_id: null,
    content: event.content ?? null,
    quoted: event.quoted ?? null,
    wa_at_ms: atMs,
    priority: 0,
    expires_in_s: null,
    due_at_ms: null,
  }
}

/** Keys of ours that come back as from_me events, under whatever name of the chat. */
async function knownKeys(trx: Trx, heard: readonly Heard[]): Promise<(row: MessageInsert) => boolean> {
  const mine = heard.filter(({ event }) => event.from_me)
  if (mine.length === 0) return () => false
  const { rows } = await sql<{ bot_id: string; wa_id: string }>`
    select k.bot_id, k.wa_id
    from unnest(${mine.map(({ bot }) => bot.id)}::uuid[], ${mine.map(({ event }) => event.wa_id)}::text[]) as m(bot_id, wa_id)
    join message_keys k on k.bot_id = m.bot_id and k.wa_id = m.wa_id and k.from_me`.execute(trx)
  const known = new Set(rows.map((row) => `${row.bot_id} ${row.wa_id}`))
  return (row) => row.from_me && known.has(`${row.bot_id} ${row.wa_id}`)
}
