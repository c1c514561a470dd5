import type { Hint, WebhookCreate, WebhookDeliveryStatus, WebhookEventType, WebhookUpdate } from '@zaptria/contract'
import { MAX_WEBHOOKS_PER_TENANT, WEBHOOK_OVERLAP_HOURS, ZaptriaError } from '@zaptria/contract'
import { sql } from 'kysely'
import { resolveAlert } from './alerts.ts'
import type { FileFacts } from './messages-read.ts'
import type { Row, RowUpdate, Trx } from './tables.ts'

/** Newest first. In the tenant's transaction, as all of these. */
export async function listWebhooks(
  trx: Trx,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<Row<'webhook_endpoints'>[]> {
  return trx
    .selectFrom('webhook_endpoints')
    .selectAll()
    .$if(before !== undefined, (list) => list.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/** Throws `webhook_not_found`. */
export async function findWebhook(trx: Trx, id: string): Promise<Row<'webhook_endpoints'>> {
  const row = await trx.selectFrom('webhook_endpoints').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new ZaptriaError('webhook_not_found')
  return row
}

/** The caller has locked the tenant, so that two at once do not pass the limit together. */
export async function insertWebhook(
  trx: Trx,
  o: WebhookCreate & { id: string; tenantId: string; sealedSecret: Buffer },
): Promise<Row<'webhook_endpoints'>> {
  const { count } = await trx
    .selectFrom('webhook_endpoints')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  if (Number(count) >= MAX_WEBHOOKS_PER_TENANT) throw new ZaptriaError('too_many_webhooks')
  return trx
    .insertInto('webhook_endpoints')
    .values({
      id: o.id,
      tenant_id: o.tenantId,
      url: o.url,
      description: o.description,
      events: o.events,
      sealed_secret: o.sealedSecret,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Whatever it was switched off for, switched on it starts anew; so it does at another address. Its alert is over then. */
export async function updateWebhook(
  trx: Trx,
  id: string,
  { enabled, ...rest }: WebhookUpdate,
): Promise<{ row: Row<'webhook_endpoints'>; resolved: Hint | null }> {
  const before = await trx.selectFrom('webhook_endpoints').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  if (before === undefined) throw new ZaptriaError('webhook_not_found')
  const change: RowUpdate<'webhook_endpoints'> = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  const anew = (enabled === true && !before.enabled) || (rest.url !== undefined && rest.url !== before.url)
  if (anew) Object.assign(change, { failures: 0, failing_since: null, resumes_at: null })
  if (enabled === true) Object.assign(change, { enabled, disabled_reason: null, disabled_at: null })
  if (enabled === false && before.enabled) Object.assign(change, { enabled, disabled_reason: 'by_request', disabled_at: sql`now()` })
  const row = await trx
    .updateTable('webhook_endpoints')
    .set({ ...change, version: sql`version + 1`, updated_at: sql`now()` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return { row, resolved: row.enabled ? await resolveAlert(trx, 'webhook_disabled', id) : null }
}

/** Its deliveries go with it. */
export async function deleteWebhook(trx: Trx, id: string): Promise<{ resolved: Hint | null }> {
  const { numDeletedRows } = await trx.deleteFrom('webhook_endpoints').where('id', '=', id).executeTakeFirst()
  if (numDeletedRows === 0n) throw new ZaptriaError('webhook_not_found')
  return { resolved: await resolveAlert(trx, 'webhook_disabled', id) }
}

/** The secret in use until now signs as well for a day; the one before that no longer does. */
export async function rotateWebhookSecret(trx: Trx, id: string, sealedSecret: Buffer): Promise<Row<'webhook_endpoints'>> {
  const row = await trx
    .updateTable('webhook_endpoints')
    .set({
      sealed_secret: sealedSecret,
      sealed_old_secret: sql<Buffer>`sealed_secret`,
      old_secret_until: sql<Date>`now() + make_interval(hours => ${WEBHOOK_OVERLAP_HOURS})`,
      version: sql`version + 1`,
      updated_at: sql`now()`,
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) throw new ZaptriaError('webhook_not_found')
  return row
}

export type DeliveryList = {
  webhookId: string
  status: WebhookDeliveryStatus | undefined
  type: WebhookEventType | undefined
  before: string | undefined
  limit: number
}

/** Newest first. */
export async function listDeliveries(trx: Trx, o: DeliveryList): Promise<Row<'webhook_deliveries'>[]> {
  return trx
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('endpoint_id', '=', o.webhookId)
    .$if(o.status !== undefined, (list) => list.where('status', '=', o.status!))
    .$if(o.type !== undefined, (list) => list.where('type', '=', o.type!))
    .$if(o.before !== undefined, (list) => list.where('id', '<', o.before!))
    .orderBy('id', 'desc')
    .limit(o.limit)
    .execute()
}

/** What is known by now of the file of the message that an event of `webhook_events` tells of. */
export const FILE_OF_EVENT = sql<FileFacts | null>`(
  select jsonb_build_object('file_kind', f.kind, 'file_state', f.state, 'file_failure', f.failure, 'file_mimetype', f.mimetype,
    'file_mismatch', f.mismatch, 'file_filename', f.filename, 'file_size_bytes', f.size_bytes, 'file_sha256', f.sha256)
  from media f where f.id = (webhook_events.data->>'media_id')::uuid)`

export type DeliveryWithEvent = Row<'webhook_deliveries'> & { data: unknown; at: Date; file: FileFacts | null }

/** Throws `webhook_delivery_not_found`. */
export async function findDelivery(trx: Trx, webhookId: string, id: string): Promise<DeliveryWithEvent> {
  const row = await trx
    .selectFrom('webhook_deliveries')
    .innerJoin('webhook_events', 'webhook_events.id', 'webhook_deliveries.event_id')
    .selectAll('webhook_deliveries')
    .select(['webhook_events.data', 'webhook_events.at', FILE_OF_EVENT.as('file')])
    .where('webhook_deliveries.endpoint_id', '=', webhookId)
    .where('webhook_deliveries.id', '=', id)
    .executeTakeFirst()
  if (row === undefined) throw new ZaptriaError('webhook_delivery_not_found')
  return row
}

/** An event for one endpoint alone, whatever it listens to. */
export async function insertTest(trx: Trx, webhook: Row<'webhook_endpoints'>): Promise<Row<'webhook_deliveries'>> {
  const { tenant_id, id: endpoint_id } = webhook
  const type = 'webhook.test'
  const event = await trx
    .insertInto('webhook_events')
    .values({ tenant_id, type, data: JSON.stringify({ message: 'It works.' }) })
    .returning('id')
    .executeTakeFirstOrThrow()
  return trx
    .insertInto('webhook_deliveries')
    .values({ tenant_id, endpoint_id, event_id: event.id, type })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** The schedule begins anew; what was tried stays in the list. */
const AGAIN = { status: 'pending', attempt: 0, due_at: sql<Date>`now()`, taken_at: null, settled_at: null } as const

/** One that is pending is due now; one that is on its way is left alone. */
export async function replayDelivery(trx: Trx, webhookId: string, id: string): Promise<Row<'webhook_deliveries'>> {
  await findDelivery(trx, webhookId, id)
  await trx
    .updateTable('webhook_deliveries')
    .set(AGAIN)
    .where('id', '=', id)
    .where(sql<boolean>`(status <> 'pending' or taken_at is null)`)
    .execute()
  return findDelivery(trx, webhookId, id)
}

/** Answers with how many there were. */
export async function replayFailed(trx: Trx, webhookId: string, since: string): Promise<number> {
  const { numUpdatedRows } = await trx
    .updateTable('webhook_deliveries')
    .set(AGAIN)
    .where('endpoint_id', '=', webhookId)
    .where('status', '=', 'failed')
    .where('created_at', '>=', new Date(since))
    .executeTakeFirst()
  return Number(numUpdatedRows)
}
