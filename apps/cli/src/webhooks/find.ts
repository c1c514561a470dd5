import { WebhookEndpoint } from '@zaptria/contract'
import type { Api } from '../api/client.ts'
import type { Argument } from '../command.ts'
import { Problem } from '../command.ts'
import { findTenant } from '../tenants/find.ts'

export const webhookArgument = {
  summary: 'its id, or its address: all of it, or a part that no other has; may be left out where there is but one',
  parse: String,
  optional: true,
} as const satisfies Argument<string>

/** Where a webhook is in the API, and what it is. */
export type Found = { path: string; webhook: WebhookEndpoint; tenant: string }

/** The one webhook of the tenant that is meant. */
export async function findWebhook(api: Api, tenant: string, said: string | undefined): Promise<Found> {
  const { id, name } = await findTenant(api, tenant)
  const all = await api.list(`/tenants/${id}/webhooks`, WebhookEndpoint)
  const same = all.filter((one) => one.id === said || one.url === said)
  const found = same.length > 0 ? same : all.filter(({ url }) => url.includes(said ?? ''))
  const [webhook] = found
  if (webhook === undefined)
    throw new Problem(
      said === undefined ? `${name} has no webhooks.` : `${name} has no webhook ${JSON.stringify(said)}.`,
      said === undefined ? 'Make one: zaptria webhooks create' : 'Those that it has: zaptria webhooks list',
    )
  if (found.length > 1)
    throw new Problem(
      `${found.length} webhooks could be meant:${found.map((one) => `\n  ${one.id}  ${one.url}`).join('')}`,
      'Say more of the address, or the id.',
    )
  return { path: `/tenants/${id}/webhooks/${webhook.id}`, webhook, tenant: name }
}
