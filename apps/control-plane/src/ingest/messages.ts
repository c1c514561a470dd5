import type { Hint, MessageEvent } from '@zaptria/contract'
import { isGroup, isLid, isPerson, phoneOfJid } from '@zaptria/core'
import type { KnownName } from '../store/contacts.ts'
import { knownNames, lockContacts, resolveContacts } from '../store/contacts.ts'
import type { LockedConversation } from '../store/conversations.ts'
import { lockConversations } from '../store/conversations.ts'
import { activeFlow, loadFlows } from '../store/flows.ts'
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

export type StoredMessages = { hints: Hint[]; queued: number; stored: number }

/** Status updates of contacts are no conversation. */
const isTalk = (event: MessageEvent): boolean => event.chat_id !== 'status@broadcast'

/** What is known of the names in a batch, stored already or not; nobody else makes contacts of this bot from now on. */
export async function namesIn(trx: Trx, bot: BotRef, events: readonly MessageEvent[]): Promise<KnownName[]> {
  const jids = events.filter(isTalk).flatMap(jidsOf)
  if (jids.length === 0) return []
  const [, known] = await together(lockContacts(trx, bot.id), knownNames(trx, bot, jids))
  return known
}

/**
 * Stores a batch's messages, each once, lets the flow answer, and writes it all set by set. `carriesMedia`: the bot brings the bytes of media
 * afterwards, as ours do; of a foreign one there is nothing to wait for.
 */
export async function storeMessages(
  trx: Trx,
  bot: BotRef,
  events: readonly MessageEvent[],
  { nowMs, carriesMedia, known, last }: { nowMs: number; carriesMedia: boolean; known: readonly KnownName[]; last: Last },
): Promise<StoredMessages> {
  const heard = events.filter(isTalk).map((event) => normalized(event, nowMs))
  if (heard.length === 0) return { hints: [], queued: 0, stored: 0 }
  const { ids: contacts, merged } = await resolveContacts(
    trx,
    bot,
    heard.map((one) => ({ jids: one.jids, pushName: one.event.from_me ? null : (one.event.push_name ?? null) })),
    known,
  )
  // What needs no other's answer is on its way together; the database takes it in this order.
  const [conversations, active] = await together(
    lockConversations(
      trx,
      bot,
      heard.map((one, i) => ({ contactId: contacts[i]!, chatId: one.chatId, aliasChatId: one.alias, sinceMs: Math.min(one.atMs, nowMs) })),
    ),
    activeFlow(trx, bot.tenantId),
  )
  const conversationOf = (i: number): LockedConversation => {
    const conversation = conversations.get(contacts[i]!)
    if (conversation === undefined) throw new Error('a conversation vanished under its lock')
    return conversation
  }

  const ours = await knownKeys(trx, bot, heard)
  const rows = heard.map((one, i) => messageRow(one, conversationOf(i).id))
  const fresh = await claimKeys(
    trx,
    bot,
    rows.filter((row) => !(row.from_me && ours.has(row.wa_id))),
  )

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
      const file = incomingMedia(one.event.media, one.event.type, carriesMedia)
      files.push(file)
      row.media_id = file.id
    }
    inserts.push(
      ...talk.hear({ row, atMs: one.atMs, person: isPerson(one.chatId), phone: one.phone, pushName: one.event.push_name ?? null }),
    )
  })

  await insertMedia(trx, bot.tenantId, files)
  const { hints, queued } = await writeTalks(trx, bot, [...talks.values()], inserts, last, fresh)
  for (const id of merged) hints.push({ noun: 'conversation', id, tenant_id: bot.tenantId, version: String(Math.floor(nowMs)) })
  return { hints, queued, stored: fresh.size }
}

type Heard = { event: MessageEvent; chatId: string; jids: string[]; alias: string | null; phone: string | null; atMs: number }

function normalized(event: MessageEvent, nowMs: number): Heard {
  const chatId = sameJid(event.chat_id)
  // A time beyond tomorrow would stay on top of every list.
  const atMs = Math.min(event.timestamp * 1000, nowMs + 86_400_000)
  const jids = jidsOf(event)
  if (!isPerson(chatId)) return { event, chatId, jids, alias: null, phone: null, atMs }
  return {
    event,
    chatId,
    jids,
    alias: jids.find((jid) => jid !== chatId && isLid(jid) !== isLid(chatId)) ?? null,
    phone: jids.map(phoneOfJid).find((digits) => digits !== null) ?? null,
    atMs,
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

function messageRow({ event, chatId, atMs }: Heard, conversationId: string): MessageInsert {
  return {
    id: uuidv7(),
    conversation_id: conversationId,
    wa_id: event.wa_id,
    from_me: event.from_me,
    sender: isGroup(chatId) && !event.from_me ? sameJid(event.sender) : '',
    author: event.from_me ? 'owner' : 'contact',
    body: event.body,
    type: event.type,
    status: event.from_me ? 'accepted' : 'received',
    media: event.media ?? null,
    media_id: null,
    quoted: event.quoted ?? null,
    wa_at_ms: atMs,
    priority: 0,
    expires_in_s: null,
    due_at_ms: null,
  }
}

/** Keys of ours that come back as from_me events, under whatever name of the chat. */
async function knownKeys(trx: Trx, bot: BotRef, heard: readonly Heard[]): Promise<Set<string>> {
  const mine = heard.filter(({ event }) => event.from_me).map(({ event }) => event.wa_id)
  if (mine.length === 0) return new Set()
  const rows = await trx
    .selectFrom('message_keys')
    .select('wa_id')
    .where('bot_id', '=', bot.id)
    .where('from_me', '=', true)
    .where('wa_id', 'in', mine)
    .execute()
  return new Set(rows.map((row) => row.wa_id))
}
