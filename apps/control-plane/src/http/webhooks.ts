import { PageQuery, WebhookCreate, WebhookEndpoint, WebhookUpdate, WebhookWithSecret, ZaptriaError, page } from '@zaptria/contract'
import { z } from 'zod'
import type { Hints } from '../live/hints.ts'
import type { Secrets } from '../secrets/index.ts'
import { asTenant } from '../store/as-tenant.ts'
import type { Db } from '../store/db.ts'
import type { Row, Trx } from '../store/tables.ts'
import { deleteWebhook, findWebhook, insertWebhook, listWebhooks, rotateWebhookSecret, updateWebhook } from '../store/webhooks.ts'
import { webhookHint } from '../due/webhooks/settle.ts'
import { uuidv7 } from '../uuid.ts'
import { urlFault } from '../webhooks/address.ts'
import type { WebhookPolicy } from '../webhooks/address.ts'
import { secretContext } from '../webhooks/secret.ts'
import { newWebhookSecret } from '../webhooks/sign.ts'
import type { App } from './app.ts'
import { changingInTenant } from './audited.ts'
import { creating } from './creating.ts'
import { decodeCursor, pageOf } from './cursor.ts'
import { inTenant, thisTenant } from './in-tenant.ts'
import { TenantParams } from './tenants.ts'

export const WebhookParams = TenantParams.extend({ webhook: z.uuid() })
export type WebhookDeps = {
  db: Db
  hints: Pick<Hints, 'changed'>
  secrets: Pick<Secrets, 'seal' | 'open' | 'sealFor'>
  webhookPolicy: WebhookPolicy
}

export function webhookRoutes(app: App, deps: WebhookDeps): void {
  const { db, hints, secrets, webhookPolicy } = deps
  const tags = ['webhooks']

  const checkUrl = (url: string | undefined): void => {
    const fault = url === undefined ? null : urlFault(url, webhookPolicy)
    if (fault !== null) throw new ZaptriaError('validation_failed', { errors: [{ path: 'url', ...fault }] })
  }
  /** Sealed by the operator’s half of a transaction: tenant code never reaches keys. Throws `tenant_not_found`. */
  const newSecret = async (trx: Trx, tenantId: string, webhookId: string): Promise<{ secret: string; sealed: Buffer }> => {
    const tenant = await trx
      .selectFrom('tenants')
      .select('id')
      .where('id', '=', tenantId)
      .where('removed_at', 'is', null)
      .forUpdate()
      .executeTakeFirst()
    if (tenant === undefined) throw new ZaptriaError('tenant_not_found')
    const secret = newWebhookSecret()
    return { secret, sealed: await secrets.sealFor(tenantId, Buffer.from(secret), secretContext(webhookId), trx) }
  }

  app.get(
    '/tenants/:tenant/webhooks',
    {
      schema: {
        tags,
        summary: 'List webhooks, newest first',
        params: TenantParams,
        querystring: PageQuery,
        response: { 200: page(WebhookEndpoint) },
      },
    },
    async ({ params, query: { cursor, limit } }) => {
      const before = decodeCursor(cursor, [z.uuid()])?.[0]
      const rows = await inTenant(db, params.tenant, (trx) => listWebhooks(trx, { before, limit: limit + 1 }))
      return pageOf(rows, limit, webhookView, (row) => [row.id])
    },
  )

  app.post(
    '/tenants/:tenant/webhooks',
    {
      config: { audit: { done: 'webhook.create' } },
      schema: {
        tags,
        summary: 'Create a webhook',
        description:
          'What happens in the tenant is posted to its address, signed as Standard Webhooks says. The secret is shown once, here.',
        params: TenantParams,
        body: WebhookCreate,
        response: { 201: WebhookWithSecret },
      },
    },
    async (request, reply) => {
      const { params, body } = request
      checkUrl(body.url)
      return creating(deps, request, reply, async (trx) => {
        const id = uuidv7()
        const { secret, sealed } = await newSecret(trx, params.tenant, id)
        request.audit.detail = { webhook: id, host: new URL(body.url).host }
        return asTenant(trx, params.tenant, async () => {
          const row = await insertWebhook(trx, { ...body, id, tenantId: params.tenant, sealedSecret: sealed })
          await hints.changed(trx, webhookHint(params.tenant))
          return { ...webhookView(row), secret }
        })
      })
    },
  )

  app.get(
    '/tenants/:tenant/webhooks/:webhook',
    { schema: { tags, summary: 'Read a webhook', params: WebhookParams, response: { 200: WebhookEndpoint } } },
    ({ params }) => inTenant(db, params.tenant, async (trx) => webhookView(await findWebhook(trx, params.webhook))),
  )

  app.patch(
    '/tenants/:tenant/webhooks/:webhook',
    {
      config: { audit: { done: 'webhook.change' } },
      schema: {
        tags,
        summary: 'Change a webhook, switch it on or off',
        description:
          'Switched off, it is told nothing: what happens meanwhile is not kept for it. What waited already goes on when it is switched on.',
        params: WebhookParams,
        body: WebhookUpdate,
        response: { 200: WebhookEndpoint },
      },
    },
    async (request) => {
      const { params, body } = request
      checkUrl(body.url)
      return changingInTenant(db, request, params.tenant, async (trx) => {
        const { row, resolved } = await updateWebhook(trx, params.webhook, body)
        await hints.changed(trx, [webhookHint(params.tenant), ...(resolved === null ? [] : [resolved])])
        return webhookView(row)
      })
    },
  )

  app.delete(
    '/tenants/:tenant/webhooks/:webhook',
    {
      config: { audit: { done: 'webhook.remove' } },
      schema: { tags, summary: 'Remove a webhook and its deliveries', params: WebhookParams, response: { 204: z.void() } },
    },
    async (request, reply) => {
      const { params } = request
      await changingInTenant(db, request, params.tenant, async (trx) => {
        const { resolved } = await deleteWebhook(trx, params.webhook)
        await hints.changed(trx, [webhookHint(params.tenant), ...(resolved === null ? [] : [resolved])])
      })
      return reply.code(204).send()
    },
  )

  app.post(
    '/tenants/:tenant/webhooks/:webhook/secret',
    {
      config: { audit: { done: 'webhook.secret.rotate' } },
      schema: {
        tags,
        summary: 'Rotate a webhook’s secret',
        description: 'The new one is shown once, here. For 24 hours the old one signs as well.',
        params: WebhookParams,
        response: { 201: WebhookWithSecret },
      },
    },
    async (request, reply) => {
      const { tenant, webhook } = request.params
      return creating(deps, request, reply, async (trx) => {
        const { secret, sealed } = await newSecret(trx, tenant, webhook)
        return asTenant(trx, tenant, async () => {
          await thisTenant(trx)
          const row = await rotateWebhookSecret(trx, webhook, sealed)
          await hints.changed(trx, webhookHint(tenant))
          return { ...webhookView(row), secret }
        })
      })
    },
  )
}

function webhookView(row: Row<'webhook_endpoints'>): WebhookEndpoint {
  const old = row.old_secret_until
  return WebhookEndpoint.parse({
    id: row.id,
    url: row.url,
    description: row.description,
    events: row.events,
    enabled: row.enabled,
    disabled: row.disabled_reason === null ? null : { reason: row.disabled_reason, at: row.disabled_at?.toISOString() },
    failing_since: row.failing_since?.toISOString() ?? null,
    old_secret_until: old !== null && old.getTime() > Date.now() ? old.toISOString() : null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  })
}
