import { PageQuery, QuickReply, QuickReplyCreate, QuickReplyUpdate, page } from '@zaptria/contract'
import { z } from 'zod'
import type { Secrets } from '../secrets/index.ts'
import { asTenant } from '../store/as-tenant.ts'
import type { Db } from '../store/db.ts'
import { deleteQuickReply, insertQuickReply, listQuickReplies, updateQuickReply } from '../store/quick-replies.ts'
import type { Row } from '../store/tables.ts'
import { uuidv7 } from '../uuid.ts'
import type { App } from './app.ts'
import { changingInTenant } from './audited.ts'
import { creating } from './creating.ts'
import { decodeCursor, pageOf } from './cursor.ts'
import { inTenant, thisTenant } from './in-tenant.ts'
import { TenantParams } from './tenants.ts'

const QuickReplyParams = TenantParams.extend({ reply: z.uuid() })

export function quickReplyRoutes(app: App, deps: { db: Db; secrets: Pick<Secrets, 'seal' | 'open'> }): void {
  const { db } = deps
  const tags = ['quick-replies']

  app.get(
    '/tenants/:tenant/quick-replies',
    {
      schema: {
        tags,
        summary: 'List quick replies, by shortcut',
        params: TenantParams,
        querystring: PageQuery,
        response: { 200: page(QuickReply) },
      },
    },
    async ({ params, query: { cursor, limit } }) => {
      const after = decodeCursor(cursor, [z.string().max(100)])?.[0]
      const rows = await inTenant(db, params.tenant, (trx) => listQuickReplies(trx, { after, limit: limit + 1 }))
      return pageOf(rows, limit, quickReplyView, (row) => [row.shortcut])
    },
  )

  app.post(
    '/tenants/:tenant/quick-replies',
    {
      config: { audit: { done: 'quick_reply.create' } },
      schema: {
        tags,
        summary: 'Create a quick reply',
        description: 'A short text for the people who answer: in the dashboard they type `/` and its shortcut. At most 200 per tenant.',
        params: TenantParams,
        body: QuickReplyCreate,
        response: { 201: QuickReply },
      },
    },
    (request, reply) => {
      const { params, body } = request
      return creating(deps, request, reply, (trx) =>
        asTenant(trx, params.tenant, async () => {
          await thisTenant(trx)
          const row = await insertQuickReply(trx, { ...body, id: uuidv7(), tenantId: params.tenant })
          request.audit.detail = { quick_reply: row.id, shortcut: row.shortcut }
          return quickReplyView(row)
        }),
      )
    },
  )

  app.patch(
    '/tenants/:tenant/quick-replies/:reply',
    {
      config: { audit: { done: 'quick_reply.change' } },
      schema: { tags, summary: 'Change a quick reply', params: QuickReplyParams, body: QuickReplyUpdate, response: { 200: QuickReply } },
    },
    (request) => {
      const { params, body } = request
      return changingInTenant(db, request, params.tenant, async (trx) => quickReplyView(await updateQuickReply(trx, params.reply, body)))
    },
  )

  app.delete(
    '/tenants/:tenant/quick-replies/:reply',
    {
      config: { audit: { done: 'quick_reply.remove' } },
      schema: { tags, summary: 'Remove a quick reply', params: QuickReplyParams, response: { 204: z.void() } },
    },
    async (request, reply) => {
      const { params } = request
      await changingInTenant(db, request, params.tenant, (trx) => deleteQuickReply(trx, params.reply))
      return reply.code(204).send()
    },
  )
}

const quickReplyView = ({ id, shortcut, body, created_at, updated_at }: Row<'quick_replies'>): QuickReply => ({
  id,
  shortcut,
  body,
  created_at: created_at.toISOString(),
  updated_at: updated_at.toISOString(),
})
