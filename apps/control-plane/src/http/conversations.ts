import { Answering, Conversation, ConversationId, PageQuery, ZaptriaError, page } from '@zaptria/contract'
import type { Hint } from '@zaptria/contract'
import { z } from 'zod'
import type { Hints } from '../live/hints.ts'
import { resolveAlert } from '../store/alerts.ts'
import { anyStuck, lockConversation, markRead, setAnswering } from '../store/answering.ts'
import { findConversation, listConversations } from '../store/conversations-read.ts'
import type { Db } from '../store/db.ts'
import type { Row, Trx } from '../store/tables.ts'
import type { App } from './app.ts'
import { changingInTenant } from './audited.ts'
import { conversationView } from './conversation-view.ts'
import { decodeCursor, pageOf } from './cursor.ts'
import { inTenant } from './in-tenant.ts'
import { TenantParams } from './tenants.ts'

export const ConversationParams = TenantParams.extend({ conversation: ConversationId })

/** As PostgreSQL writes them, and a day that there is. */
function isTimestamp(text: string): boolean {
  const found = /^(\d{4,6}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,6})?)([+-]\d\d)(?::(\d\d))?$/.exec(text)
  return found !== null && !Number.isNaN(Date.parse(`${found[1]}T${found[2]}${found[3]}:${found[4] ?? '00'}`))
}

export function conversationRoutes(app: App, { db, hints }: { db: Db; hints: Pick<Hints, 'changed'> }): void {
  const tags = ['conversations']

  app.get(
    '/tenants/:tenant/conversations',
    {
      schema: {
        tags,
        summary: 'List conversations, last changed first',
        params: TenantParams,
        querystring: PageQuery.extend({
          q: z.string().trim().max(200).optional().describe('A part of a name or phone number.'),
          unread: z.enum(['true', 'false']).optional().describe('Only those with unread messages, or only those without.'),
          answering: Answering.optional().describe('Only those where a person answers, or only those where the bot does.'),
        }),
        response: { 200: page(Conversation) },
      },
    },
    async ({ params, query: { q, unread, answering, cursor, limit } }) => {
      const before = decodeCursor(cursor, [z.string().refine(isTimestamp), z.uuid()])
      const rows = await inTenant(db, params.tenant, (trx) =>
        listConversations(trx, {
          q: q === '' ? undefined : q,
          unread: unread === undefined ? undefined : unread === 'true',
          answering,
          before,
          limit: limit + 1,
        }),
      )
      return pageOf(rows, limit, conversationView, (row) => [row.updated_key, row.id])
    },
  )

  app.get(
    '/tenants/:tenant/conversations/:conversation',
    { schema: { tags, summary: 'Read a conversation', params: ConversationParams, response: { 200: Conversation } } },
    ({ params }) => inTenant(db, params.tenant, (trx) => show(trx, params.conversation)),
  )

  app.post(
    '/tenants/:tenant/conversations/:conversation/answering',
    {
      config: { audit: { done: 'conversation.answering' } },
      schema: {
        tags,
        summary: 'Say who answers',
        description: '`bot` gives the conversation back to the flow, which starts anew, and clears `stuck`; `person` silences it.',
        params: ConversationParams,
        body: z.strictObject({ answering: Answering }),
        response: { 200: Conversation },
      },
    },
    (request) =>
      changingInTenant(db, request, request.params.tenant, async (trx) => {
        const { params, body } = request
        request.audit.detail = { answering: body.answering }
        const before = await locked(trx, params.conversation)
        const changed = await setAnswering(trx, before, body.answering)
        const told: Hint[] = [conversationHint(changed)]
        if (before.stuck && !changed.stuck && !(await anyStuck(trx, changed.bot_id))) {
          const resolved = await resolveAlert(trx, 'conversation_stuck', changed.bot_id)
          if (resolved !== null) told.push(resolved)
        }
        await hints.changed(trx, told)
        return show(trx, changed.id)
      }),
  )

  app.post(
    '/tenants/:tenant/conversations/:conversation/read',
    {
      config: { audit: { done: 'conversation.read' } },
      schema: { tags, summary: 'Mark as read', params: ConversationParams, response: { 200: Conversation } },
    },
    (request) =>
      changingInTenant(db, request, request.params.tenant, async (trx) => {
        const before = await locked(trx, request.params.conversation)
        if (before.unread > 0) await hints.changed(trx, conversationHint(await markRead(trx, before.id)))
        return show(trx, before.id)
      }),
  )
}

async function show(trx: Trx, id: string): Promise<Conversation> {
  const row = await findConversation(trx, id)
  if (row === undefined) throw new ZaptriaError('conversation_not_found')
  return conversationView(row)
}

async function locked(trx: Trx, id: string): Promise<Row<'conversations'>> {
  const row = await lockConversation(trx, id)
  if (row === undefined) throw new ZaptriaError('conversation_not_found')
  return row
}

export const conversationHint = ({ id, tenant_id, version }: Row<'conversations'>): Hint => ({
  noun: 'conversation',
  id,
  tenant_id,
  version,
})
