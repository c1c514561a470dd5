import { Bot, PageQuery, Tenant, TenantCreate, TenantId, TenantUpdate, ZaptriaError, page } from '@zaptria/contract'
import { z } from 'zod'
import type { Db } from '../store/db.ts'
import { botOf, botsOf } from '../store/bots-read.ts'
import type { BotRow } from '../store/bots-read.ts'
import type { Row } from '../store/tables.ts'
import { findTenant, listTenants } from '../store/tenants-read.ts'
import { changeTenant, createTenant, dropTenant } from '../tenants/lifecycle.ts'
import type { LifecycleDeps, TenantChange } from '../tenants/lifecycle.ts'
import type { Secrets } from '../secrets/index.ts'
import type { App } from './app.ts'
import { changing } from './audited.ts'
import { botView } from './bot-view.ts'
import { creating } from './creating.ts'
import { decodeCursor, pageOf } from './cursor.ts'

export const TenantWithBot = Tenant.extend({ bot: Bot.nullable() })
export const TenantWithToken = Tenant.extend({
  bot_token: z.string().optional().describe('The bot’s token when one was made. Shown once.'),
})
export const TenantParams = z.object({ tenant: TenantId })

export function tenantRoutes(app: App, deps: LifecycleDeps & { db: Db; secrets: Pick<Secrets, 'seal' | 'open'> }): void {
  const { db } = deps
  const tags = ['tenants']

  app.get(
    '/tenants',
    {
      schema: {
        tags,
        summary: 'List tenants, newest first',
        querystring: PageQuery.extend({ q: z.string().trim().max(200).optional().describe('A part of the name, or an id’s beginning.') }),
        response: { 200: page(TenantWithBot) },
      },
    },
    async ({ query: { q, cursor, limit } }) => {
      const before = decodeCursor(cursor, [z.uuid()])?.[0]
      const rows = await listTenants(db, { q: q === '' ? undefined : q, before, limit: limit + 1 })
      const bots = await botsOf(
        db,
        rows.map((row) => row.id),
      )
      return pageOf(
        rows,
        limit,
        (row) => withBot(row, bots.get(row.id)),
        (row) => [row.id],
      )
    },
  )

  app.post(
    '/tenants',
    {
      config: { audit: { done: 'tenant.create' } },
      schema: {
        tags,
        summary: 'Create a tenant',
        description: 'With `subscription: "paid"` its bot is made at once, and `bot_token` is shown, once.',
        body: TenantCreate,
        response: { 201: TenantWithToken },
      },
    },
    async (request, reply) =>
      creating(deps, request, reply, async (trx) => {
        const made = await createTenant(trx, deps, request.body)
        const { name, subscription, transport } = request.body
        request.audit.tenantId = made.tenant.id
        request.audit.detail = { name, subscription, ...(transport === undefined ? {} : { transport }) }
        return changeView(made)
      }),
  )

  app.get(
    '/tenants/:tenant',
    { schema: { tags, summary: 'Read a tenant', params: TenantParams, response: { 200: TenantWithBot } } },
    async ({ params }) => {
      const tenant = await findTenant(db, params.tenant)
      if (tenant === undefined) throw new ZaptriaError('tenant_not_found')
      return withBot(tenant, await botOf(db, tenant.id))
    },
  )

  app.patch(
    '/tenants/:tenant',
    {
      config: { audit: { done: 'tenant.change' } },
      schema: {
        tags,
        summary: 'Change a tenant',
        description:
          'Setting the subscription to `paid` makes the bot (its token is shown, once); `cancelled` removes it and keeps its volume.',
        params: TenantParams,
        body: TenantUpdate,
        response: { 200: TenantWithToken },
      },
    },
    async (request) => {
      const { subscription } = request.body
      if (subscription !== undefined) request.audit.detail = { subscription }
      return changeView(await changing(db, request, (trx) => changeTenant(trx, deps, request.params.tenant, request.body)))
    },
  )

  app.delete(
    '/tenants/:tenant',
    {
      config: { audit: { done: 'tenant.remove' } },
      schema: {
        tags,
        summary: 'Remove a tenant',
        description: 'Its bot is removed; its volume and its data are kept until they are erased (`POST …/erase`).',
        params: TenantParams,
        response: { 204: z.void() },
      },
    },
    async (request, reply) => {
      await changing(db, request, (trx) => dropTenant(trx, deps, request.params.tenant))
      return reply.code(204).send()
    },
  )
}

function tenantView(row: Row<'tenants'>): Tenant {
  return {
    id: TenantId.parse(row.id),
    name: row.name,
    external_id: row.external_id,
    subscription: row.subscription,
    time_zone: row.time_zone,
    quiet_hour: row.quiet_hour,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}

const withBot = (row: Row<'tenants'>, bot: BotRow | undefined): z.infer<typeof TenantWithBot> => ({
  ...tenantView(row),
  bot: bot === undefined ? null : botView(bot),
})

const changeView = ({ tenant, bot_token }: TenantChange): z.infer<typeof TenantWithToken> => ({
  ...tenantView(tenant),
  ...(bot_token === undefined ? {} : { bot_token }),
})
