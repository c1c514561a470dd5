import { DELETE_WITHIN_MS, EDIT_WITHIN_MS, Message, MessageEdit, MessageReact, ZaptriaError } from '@zaptria/contract'
import type { ChangeKind } from '@zaptria/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sql } from 'kysely'
import type { z } from 'zod'
import { lockConversation, touchConversation } from '../store/answering.ts'
import { askChange, openChange, ownReaction } from '../store/asked-changes.ts'
import { asTenant } from '../store/as-tenant.ts'
import { findMessage } from '../store/messages-read.ts'
import type { Row, Trx } from '../store/tables.ts'
import { databaseNow } from '../store/volumes.ts'
import type { App } from './app.ts'
import { creating } from './creating.ts'
import { actorName } from './guard.ts'
import { thisTenant } from './in-tenant.ts'
import { messageView } from './message-view.ts'
import { messageHint, MessageParams } from './messages.ts'
import type { MessageDeps } from './messages.ts'

const ADDRESS = '/tenants/:tenant/conversations/:conversation/messages/:message'
/** A reaction that could not be put so long is not meant any more. */
const REACT_WITHIN_MS = 24 * 3_600_000

type Params = z.infer<typeof MessageParams>
type Asked = { kind: ChangeKind; content: string; expiresInMs: number }

/** What can be done to a message that was sent. Asked for here, done by the bot; `change` of the message says how far that is. */
export function messageChangeRoutes(app: App, deps: MessageDeps): void {
  const schema = { tags: ['messages'], params: MessageParams, response: { 200: Message } }

  app.put(
    `${ADDRESS}/reaction`,
    {
      config: { audit: { done: 'message.react' } },
      schema: {
        ...schema,
        summary: 'React to a message',
        description: 'One reaction per message: another emoji replaces it.',
        body: MessageReact,
      },
    },
    (request, reply) => changingMessage(deps, request, reply, (trx, message) => reacted(trx, message, request.body.emoji)),
  )

  app.delete(
    `${ADDRESS}/reaction`,
    { config: { audit: { done: 'message.unreact' } }, schema: { ...schema, summary: 'Take the reaction to a message back' } },
    (request, reply) => changingMessage(deps, request, reply, (trx, message) => reacted(trx, message, '')),
  )

  app.patch(
    ADDRESS,
    {
      config: { audit: { done: 'message.edit' } },
      schema: {
        ...schema,
        summary: 'Edit a text message',
        description: 'One of this number’s, within 15 minutes after it was sent. One that has yet to leave is sent first, then edited.',
        body: MessageEdit,
      },
    },
    (request, reply) => changingMessage(deps, request, reply, (trx, message) => edited(trx, message, request.body.body)),
  )

  app.delete(
    ADDRESS,
    {
      config: { audit: { done: 'message.cancel' } },
      schema: {
        ...schema,
        summary: 'Cancel a message, or delete it for everyone',
        description:
          'One that is queued or scheduled is cancelled. One of this number’s that WhatsApp has is deleted for everyone, within two days; the contact sees that there was one.',
      },
    },
    (request, reply) =>
      changingMessage(deps, request, reply, async (trx, message) => {
        if (message.status === 'queued' || message.status === 'scheduled') return cancel(trx, message)
        const asked = await deleted(trx, message)
        request.audit.detail = { for_everyone: true }
        return asked
      }),
  )
}

/** The message, locked, in the one transaction of the request, once per Idempotency-Key. What `want` answers is asked of the bot. */
function changingMessage(
  deps: MessageDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  want: (trx: Trx, message: Row<'messages'>) => Promise<Asked | null>,
): Promise<Message> {
  const { tenant, conversation, message: id } = request.params as Params
  return creating(
    deps,
    request,
    reply,
    (trx) =>
      asTenant(trx, tenant, async () => {
        await thisTenant(trx)
        const about = await lockConversation(trx, conversation)
        if (about === undefined) throw new ZaptriaError('conversation_not_found')
        const row = await locked(trx, about.id, id)
        const asked = await want(trx, row)
        if (asked !== null) await askChange(trx, row, { ...asked, askedBy: actorName(request) })
        await deps.hints.changed(trx, messageHint(await touchConversation(trx, about.id)))
        return messageView((await findMessage(trx, about.id, id))!)
      }),
    200,
  )
}

async function locked(trx: Trx, conversationId: string, id: string): Promise<Row<'messages'>> {
  const row = await trx
    .selectFrom('messages')
    .selectAll()
    .where('conversation_id', '=', conversationId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (row === undefined) throw new ZaptriaError('message_not_found')
  return row
}

async function cancel(trx: Trx, message: Row<'messages'>): Promise<null> {
  await trx
    .updateTable('messages')
    .set({ status: 'cancelled', updated_at: sql`now()` })
    .where('id', '=', message.id)
    .execute()
  return null
}

async function reacted(trx: Trx, message: Row<'messages'>, emoji: string): Promise<Asked | null> {
  await changeable(trx, message)
  const open = await openChange(trx, message.id, 'react')
  if ((open?.content ?? (await ownReaction(trx, message.id))) === emoji) return null
  return { kind: 'react', content: emoji, expiresInMs: REACT_WITHIN_MS }
}

async function edited(trx: Trx, message: Row<'messages'>, body: string): Promise<Asked | null> {
  if (!message.from_me || message.type !== 'chat') throw new ZaptriaError('not_editable')
  await changeable(trx, message)
  const expiresInMs = await timeLeft(trx, message, EDIT_WITHIN_MS)
  if (expiresInMs <= 0) throw new ZaptriaError('edit_too_late')
  const open = await openChange(trx, message.id, 'edit')
  return (open?.content ?? message.body) === body ? null : { kind: 'edit', content: body, expiresInMs }
}

async function deleted(trx: Trx, message: Row<'messages'>): Promise<Asked | null> {
  if (!message.from_me) throw new ZaptriaError('not_deletable')
  if (message.status === 'cancelled') return null
  if (isUnsent(message)) throw new ZaptriaError('not_cancellable')
  if (message.deleted_at !== null) return null
  await changeable(trx, message)
  const expiresInMs = await timeLeft(trx, message, DELETE_WITHIN_MS)
  if (expiresInMs <= 0) throw new ZaptriaError('delete_too_late')
  return (await openChange(trx, message.id, 'revoke')) === undefined ? { kind: 'revoke', content: '', expiresInMs } : null
}

const isUnsent = ({ status }: Row<'messages'>): boolean => status === 'failed' || status === 'expired' || status === 'cancelled'

/** What is not sent, or is deleted already or about to be, cannot be changed; nor can a bot do so that knows no more than the seed's contract. */
async function changeable(trx: Trx, message: Row<'messages'>): Promise<void> {
  if (message.deleted_at !== null) throw new ZaptriaError('message_deleted')
  if (isUnsent(message)) throw new ZaptriaError('message_not_sent')
  const bot = await trx.selectFrom('bots').select(['desired', 'transport']).where('id', '=', message.bot_id).executeTakeFirstOrThrow()
  if (bot.desired === 'removed') throw new ZaptriaError('bot_not_running')
  if (bot.transport !== 'link') throw new ZaptriaError('change_unsupported')
}

/** WhatsApp counts from when it got the message; of one that has yet to leave, that is no sooner than it expires. */
async function timeLeft(trx: Trx, message: Row<'messages'>, withinMs: number): Promise<number> {
  const isSent = message.status === 'accepted' || message.status === 'delivered' || message.status === 'read'
  const from = isSent ? (message.page_at ?? message.wa_at) : (message.expires_at ?? message.wa_at)
  return from.getTime() + withinMs - (await databaseNow(trx))
}
