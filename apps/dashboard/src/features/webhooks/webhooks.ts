import { queryOptions } from '@tanstack/react-query'
import { WebhookDelivery, WebhookEndpoint, WebhookReplayed, WebhookWithSecret, page } from '@zaptria/contract'
import type { WebhookCreate, WebhookUpdate } from '@zaptria/contract'
import { request, search, segment } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'

const path = (tenant: string, webhook?: string) =>
  `/tenants/${segment(tenant)}/webhooks${webhook === undefined ? '' : `/${segment(webhook)}`}`

export const webhooksQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.webhooks(tenant),
    queryFn: ({ signal }) => request('GET', path(tenant), { answer: page(WebhookEndpoint), signal }),
  })

/** The latest ones. Only new events are hinted at: how attempts end is asked for now and then. */
export const deliveriesQuery = (tenant: string, webhook: string) =>
  queryOptions({
    queryKey: keys.webhookDeliveries(tenant, webhook),
    queryFn: ({ signal }) =>
      request('GET', `${path(tenant, webhook)}/deliveries${search({ limit: 20 })}`, { answer: page(WebhookDelivery), signal }),
    refetchInterval: 5_000,
  })

export const createWebhook = (tenant: string, body: WebhookCreate, idempotencyKey: string) =>
  request('POST', path(tenant), { body, answer: WebhookWithSecret, idempotencyKey })
export const changeWebhook = (tenant: string, webhook: string, body: WebhookUpdate) =>
  request('PATCH', path(tenant, webhook), { body, answer: WebhookEndpoint })
export const removeWebhook = (tenant: string, webhook: string) => request('DELETE', path(tenant, webhook))
export const rotateSecret = (tenant: string, webhook: string) =>
  request('POST', `${path(tenant, webhook)}/secret`, { answer: WebhookWithSecret })
export const testWebhook = (tenant: string, webhook: string) =>
  request('POST', `${path(tenant, webhook)}/test`, { answer: WebhookDelivery })
export const replayDelivery = (tenant: string, webhook: string, delivery: string) =>
  request('POST', `${path(tenant, webhook)}/deliveries/${segment(delivery)}/replay`, { answer: WebhookDelivery })
/** All that is still on record. */
export const replayFailed = (tenant: string, webhook: string) =>
  request('POST', `${path(tenant, webhook)}/replay`, { body: { since: new Date(0).toISOString() }, answer: WebhookReplayed })
