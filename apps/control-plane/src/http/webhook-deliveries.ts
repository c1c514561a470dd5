import {
  PageQuery,
  WebhookDelivery,
  WebhookDeliveryStatus,
  WebhookDeliveryWithPayload,
  WebhookEventType,
  WebhookReplay,
  WebhookReplayed,
  ZaptriaError,
  page,
} from '@zaptria/contract'
import { z } from 'zod'
import { webhookHint } from '../due/webhooks/settle.ts'
import type { Hints } from '../live/hints.ts'
import type { Secrets } from '../secrets/index.ts'
import { asTenant } from '../store/as-tenant.ts'
import type { Db } from '../store/db.ts'
import type { Row, Trx } from '../store/tables.ts'
import { findDelivery, findWebhook, insertTest, listDeliveries, replayDelivery, replayFailed } from '../store/webhooks.ts'
import { payloadOf } from '../webhooks/payload.ts'
import type { App } from './app.ts'
import { creating } from './creating.ts'
import { decodeCursor, pageOf } from './cursor.ts'
import { inTenant, thisTenant } from './in-tenant.ts'
import { WebhookParams } from './webhooks.ts'

const DeliveryId = z.string().regex(/^\d{1,18}$/)
const DeliveryParams = WebhookParams.extend({ delivery: DeliveryId })
const DeliveryQuery = PageQuery.extend({ status: WebhookDeliveryStatus.optional(), type: WebhookEventType.optional() })

export function webhookDeliveryRoutes(
  app: App,
  deps: { db: Db; hints: Pick<Hints, 'changed'>; secrets: Pick<Secrets, 'seal' | 'open'> },
): void {
  const { db, hints } = deps
  const tags = ['webhooks']

  app.get(
    '/tenants/:tenant/webhooks/:webhook/deliveries',
    {
      schema: {
        tags,
        summary: 'List a webhook’s deliveries, newest first',
        description: 'Kept for 7 days when they succeeded, else for 30.',
        params: WebhookParams,
        querystring: DeliveryQuery,
        response: { 200: page(WebhookDelivery) },
      },
    },
    async ({ params, query: { cursor, limit, status, type } }) => {
      const before = decodeCursor(cursor, [DeliveryId])?.[0]
      const rows = await inTenant(db, params.tenant, async (trx) => {
        await findWebhook(trx, params.webhook)
        return listDeliveries(trx, { webhookId: params.webhook, status, type, before, limit: limit + 1 })
      })
      return pageOf(rows, limit, deliveryView, (row) => [row.id])
    },
  )

  app.get(
    '/tenants/:tenant/webhooks/:webhook/deliveries/:delivery',
    {
      schema: {
        tags,
        summary: 'Read a delivery, with what is sent',
        params: DeliveryParams,
        response: { 200: WebhookDeliveryWithPayload },
      },
    },
    ({ params }) =>
      inTenant(db, params.tenant, async (trx) => {
        await findWebhook(trx, params.webhook)
        const row = await findDelivery(trx, params.webhook, params.delivery)
        return { ...deliveryView(row), payload: payloadOf(row) }
      }),
  )

  /** One that is switched off would keep what is meant for now until somebody switches it on. */
  const enabled = async (trx: Trx, webhookId: string): Promise<Row<'webhook_endpoints'>> => {
    await thisTenant(trx)
    const webhook = await findWebhook(trx, webhookId)
    if (!webhook.enabled) throw new ZaptriaError('webhook_disabled')
    return webhook
  }

  app.post(
    '/tenants/:tenant/webhooks/:webhook/test',
    {
      config: { audit: { done: 'webhook.test' } },
      schema: { tags, summary: 'Send a test', params: WebhookParams, response: { 201: WebhookDelivery } },
    },
    async (request, reply) => {
      const { tenant, webhook } = request.params
      return creating(deps, request, reply, (trx) =>
        asTenant(trx, tenant, async () => deliveryView(await insertTest(trx, await enabled(trx, webhook)))),
      )
    },
  )

  app.post(
    '/tenants/:tenant/webhooks/:webhook/deliveries/:delivery/replay',
    {
      config: { audit: { done: 'webhook.delivery.replay' } },
      schema: {
        tags,
        summary: 'Send a delivery again',
        description: 'At once, with the same `webhook-id`, also when it succeeded. Its schedule begins anew.',
        params: DeliveryParams,
        response: { 201: WebhookDelivery },
      },
    },
    async (request, reply) => {
      const { tenant, webhook, delivery } = request.params
      return creating(deps, request, reply, (trx) =>
        asTenant(trx, tenant, async () => {
          await enabled(trx, webhook)
          const row = await replayDelivery(trx, webhook, delivery)
          await hints.changed(trx, webhookHint(tenant))
          return deliveryView(row)
        }),
      )
    },
  )

  app.post(
    '/tenants/:tenant/webhooks/:webhook/replay',
    {
      config: { audit: { done: 'webhook.replay' } },
      schema: {
        tags,
        summary: 'Send everything again that has failed',
        params: WebhookParams,
        body: WebhookReplay,
        response: { 201: WebhookReplayed },
      },
    },
    async (request, reply) => {
      const { tenant, webhook } = request.params
      return creating(deps, request, reply, (trx) =>
        asTenant(trx, tenant, async () => {
          await enabled(trx, webhook)
          const replayed = await replayFailed(trx, webhook, request.body.since)
          request.audit.detail = { since: request.body.since, replayed }
          await hints.changed(trx, webhookHint(tenant))
          return { replayed }
        }),
      )
    },
  )
}

function deliveryView(row: Row<'webhook_deliveries'>): WebhookDelivery {
  return WebhookDelivery.parse({
    id: row.id,
    event_id: row.event_id,
    type: row.type,
    status: row.status,
    due_at: row.status === 'pending' ? row.due_at.toISOString() : null,
    attempts: row.attempts,
    created_at: row.created_at.toISOString(),
  })
}
