import {
  Message,
  MessageId,
  MessageSend,
  MessageSendTo,
  PageQuery,
  ZaptriaError,
  contentToSend,
  largest,
  page,
  textOfContent,
  typeOfContent,
} from '@zaptria/contract'
import type { Hint, MediaKind, MediaLimits } from '@zaptria/contract'
import { chatIdOf } from '@zaptria/core'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Hints } from '../live/hints.ts'
import { sendableAs } from '../media/type.ts'
import type { Secrets } from '../secrets/index.ts'
import { lockConversation, markRead, setAnswering, showSent, touchConversation } from '../store/answering.ts'
import { asTenant } from '../store/as-tenant.ts'
import { knownNames, lockContacts, resolveContacts } from '../store/contacts.ts'
import { lockConversations } from '../store/conversations.ts'
import { findConversation } from '../store/conversations-read.ts'
import type { Db } from '../store/db.ts'
import { findMedia } from '../store/media.ts'
import { findMessage, listMessages } from '../store/messages-read.ts'
import type { MessageInsert } from '../store/messages.ts'
import { outgoing, insertMessages } from '../store/messages.ts'
import type { Row, Trx } from '../store/tables.ts'
import { databaseNow } from '../store/volumes.ts'
import type { App } from './app.ts'
import { ConversationParams, conversationHint } from './conversations.ts'
import { creating } from './creating.ts'
import { decodeCursor, pageOf } from './cursor.ts'
import { inTenant, thisTenant } from './in-tenant.ts'
import { messageView } from './message-view.ts'
import { TenantParams } from './tenants.ts'

export const MessageParams = ConversationParams.extend({ message: MessageId })

export type MessageDeps = {
  db: Db
  hints: Pick<Hints, 'changed'>
  secrets: Pick<Secrets, 'seal' | 'open'>
  mediaLimits: MediaLimits
}

export function messageRoutes(app: App, deps: MessageDeps): void {
  const { db } = deps
  const tags = ['messages']

  app.get(
    '/tenants/:tenant/conversations/:conversation/messages',
    {
      schema: {
        tags,
        summary: 'List a conversation’s messages, newest first',
        params: ConversationParams,
        querystring: PageQuery,
        response: { 200: page(Message) },
      },
    },
    async ({ params, query: { cursor, limit } }) => {
      const before = decodeCursor(cursor, [z.string().regex(/^\d{1,18}$/)])?.[0]
      const rows = await inTenant(db, params.tenant, async (trx) => {
        const { id } = await existing(trx, params.conversation)
        return listMessages(trx, { conversationId: id, before, limit: limit + 1 })
      })
      return pageOf(rows, limit, messageView, (row) => [row.seq])
    },
  )

  app.post(
    '/tenants/:tenant/conversations/:conversation/messages',
    {
      config: { audit: { done: 'message.send' } },
      schema: {
        tags,
        summary: 'Send a message',
        description:
          'Queued at once, or at `send_at`; its status says how far it has come. A person’s message silences the flow in this conversation, unless it is scheduled.',
        params: ConversationParams,
        body: MessageSend,
        response: { 201: Message },
      },
    },
    async (request, reply) =>
      creating(deps, request, reply, (trx) =>
        asTenant(trx, request.params.tenant, async () => {
          await thisTenant(trx)
          await wantedBot(trx)
          const conversation = await lockConversation(trx, request.params.conversation)
          if (conversation === undefined) throw new ZaptriaError('conversation_not_found')
          return send(trx, deps, request, conversation, request.body)
        }),
      ),
  )

  app.post(
    '/tenants/:tenant/messages',
    {
      config: { audit: { done: 'message.send' } },
      schema: {
        tags,
        summary: 'Send a message to a phone number',
        description: 'Makes the conversation when it is new.',
        params: TenantParams,
        body: MessageSendTo,
        response: { 201: Message },
      },
    },
    async (request, reply) => {
      const chatId = chatIdOf(request.body.to)
      if (chatId === null) throw new ZaptriaError('invalid_phone', { errors: [{ path: 'to', message: 'is not a phone number' }] })
      return creating(deps, request, reply, (trx) =>
        asTenant(trx, request.params.tenant, async () => {
          await thisTenant(trx)
          return send(trx, deps, request, await conversationWith(trx, chatId), request.body)
        }),
      )
    },
  )
}

/** Messages wait for a bot that is stopped or not connected; one that is not to come back would never send them. */
async function wantedBot(trx: Trx): Promise<{ id: string; tenantId: string }> {
  const bot = await trx.selectFrom('bots').select(['id', 'tenant_id', 'desired']).executeTakeFirst()
  if (bot === undefined) throw new ZaptriaError('bot_not_found')
  if (bot.desired === 'removed') throw new ZaptriaError('bot_not_running')
  return { id: bot.id, tenantId: bot.tenant_id }
}

async function conversationWith(trx: Trx, chatId: string): Promise<Row<'conversations'>> {
  const bot = await wantedBot(trx)
  await lockContacts(trx, [bot.id])
  const known = await knownNames(trx, [{ botId: bot.id, jid: chatId }])
  const { ids } = await resolveContacts(trx, [{ bot, jids: [chatId], pushName: null }], known)
  const opened = await lockConversations(trx, [{ bot, contactId: ids[0]!, chatId, aliasChatId: null, sinceMs: await databaseNow(trx) }])
  return opened.get(ids[0]!)!
}

/** The conversation is locked. What a person writes goes first and makes a person the one who answers; what a program writes does not. */
async function send(
  trx: Trx,
  { hints, mediaLimits }: Pick<MessageDeps, 'hints' | 'mediaLimits'>,
  request: FastifyRequest,
  conversation: Row<'conversations'>,
  content: MessageSend,
): Promise<Message> {
  const author = request.actor?.kind === 'person' ? 'person' : 'api'
  const nowMs = await databaseNow(trx)
  const { body, ...kind } = await whatToSend(trx, content, mediaLimits)
  const message: MessageInsert = {
    ...outgoing({ conversation, author, body, nowMs }),
    ...kind,
    ...when(content, nowMs),
    quoted: content.reply_to === undefined ? null : await keyToQuote(trx, conversation.id, content.reply_to),
  }
  await insertMessages(trx, [message])
  if (message.status === 'scheduled') {
    request.audit.detail = { conversation: conversation.id, message: message.id, send_at: content.send_at }
    await hints.changed(trx, messageHint(await touchConversation(trx, conversation.id)))
    return messageView((await findMessage(trx, conversation.id, message.id))!)
  }
  if (author === 'person') {
    await setAnswering(trx, conversation, 'person')
    await markRead(trx, conversation.id)
  }
  request.audit.detail = { conversation: conversation.id, message: message.id }
  const shown = await showSent(trx, conversation.id, message)
  await hints.changed(trx, [conversationHint(shown), messageHint(shown)])
  return messageView((await findMessage(trx, conversation.id, message.id))!)
}

const MINUTE_MS = 60_000
const YEAR_MS = 366 * 86_400_000

/** A clock that is a little ahead of ours means now; a time long past is a mistake, which must not send at once. */
function when({ send_at, expires_in_seconds }: MessageSend, nowMs: number): Partial<MessageInsert> {
  const expiry = expires_in_seconds === undefined ? {} : { expires_in_s: expires_in_seconds }
  if (send_at === undefined) return expiry
  const atMs = Date.parse(send_at)
  const wrong = atMs < nowMs - MINUTE_MS ? 'is in the past' : atMs > nowMs + YEAR_MS ? 'is more than a year ahead' : null
  if (wrong !== null) {
    const message = `${wrong}: here it is ${new Date(nowMs).toISOString()}`
    throw new ZaptriaError('validation_failed', { errors: [{ path: 'send_at', message }] })
  }
  return atMs <= nowMs ? expiry : { ...expiry, status: 'scheduled', due_at_ms: atMs }
}

/** A message's own part: its words, its file or its content. */
async function whatToSend(
  trx: Trx,
  asked: MessageSend,
  limits: MediaLimits,
): Promise<Pick<MessageInsert, 'body'> & Partial<Pick<MessageInsert, 'type' | 'media_id' | 'content'>>> {
  if ('media_id' in asked) return { body: asked.caption ?? '', ...(await fileToSend(trx, asked, limits)) }
  if ('body' in asked) return { body: asked.body }
  const content = contentToSend(asked)
  return { body: textOfContent(content), type: typeOfContent(content), content }
}

/** What never left for WhatsApp cannot be quoted there. */
const NOT_THERE: ReadonlySet<string> = new Set(['scheduled', 'failed', 'expired', 'cancelled'])

async function keyToQuote(trx: Trx, conversationId: string, id: string): Promise<string> {
  const quoted = await trx
    .selectFrom('messages')
    .select(['wa_id', 'status'])
    .where('id', '=', id)
    .where('conversation_id', '=', conversationId)
    .executeTakeFirst()
  if (quoted === undefined || quoted.wa_id === null) throw new ZaptriaError('quoted_not_found')
  if (NOT_THERE.has(quoted.status))
    throw new ZaptriaError('quoted_not_found', { detail: `That message is not in WhatsApp: it is ${quoted.status}.` })
  return quoted.wa_id
}

/** The file that a message is to carry, found fit for it. */
async function fileToSend(
  trx: Trx,
  { type, media_id }: Extract<MessageSend, { media_id: string }>,
  limits: MediaLimits,
): Promise<{ type: MediaKind; media_id: string }> {
  const media = await findMedia(trx, media_id)
  if (media === null || media.state !== 'stored') throw new ZaptriaError('media_not_found')
  if (!sendableAs(type, media.mimetype))
    throw new ZaptriaError('media_type_mismatch', { detail: `It is ${media.mimetype}, which cannot be sent as ${type}.` })
  const most = largest(limits, type)
  if (Number(media.size_bytes) > most)
    throw new ZaptriaError('media_too_large', { detail: `At most ${Math.floor(most / (1024 * 1024))} MiB as ${type}.` })
  return { type, media_id }
}

async function existing(trx: Trx, id: string): Promise<Row<'conversations'>> {
  const row = await findConversation(trx, id)
  if (row === undefined) throw new ZaptriaError('conversation_not_found')
  return row
}

export const messageHint = ({ id, tenant_id, version }: Row<'conversations'>): Hint => ({
  noun: 'message',
  id,
  tenant_id,
  version,
})
