import { setTimeout as delay } from 'node:timers/promises'
import { WebhookDelivery, WebhookDeliveryStatus, WebhookReplayed } from '@zaptria/contract'
import { z } from 'zod'
import { unlessAway } from '../api/client.ts'
import type { Api } from '../api/client.ts'
import { apiCommand } from '../api/command.ts'
import type { Value } from '../command.ts'
import { UsageError } from '../command.ts'
import { table } from '../table.ts'
import { tenantArgument } from '../tenants/find.ts'
import { oneOf, readTime, whole } from '../values.ts'
import { findWebhook, webhookArgument } from './find.ts'

const EVERY_MS = 500
/** The most that one page shows. */
const MOST = 200

export const webhooksTest = apiCommand({
  name: 'webhooks test',
  summary: 'send a webhook a test',
  examples: ['zaptria webhooks test "Padaria da Praça" --wait 30'],
  arguments: { tenant: tenantArgument, webhook: webhookArgument },
  options: {
    wait: {
      kind: 'value',
      placeholder: 'SECONDS',
      summary: 'wait for so long until it was taken, and fail if it was not',
      parse: whole(1, 3_600),
    },
  },
  run: async (api, { tenant, webhook: said, wait }, { signal }) => {
    const { path } = await findWebhook(api, tenant, said)
    const sent = await api.call('POST', `${path}/test`, WebhookDelivery)
    const delivery = wait === undefined ? sent : await tried(api, `${path}/deliveries/${sent.id}`, sent, wait, signal)
    const ok = wait === undefined || delivery.status === 'succeeded'
    return { code: ok ? 0 : 1, data: delivery, text: `${delivery.id}  ${delivery.status}${why(delivery)}\n` }
  },
})

/** The delivery when it was taken or refused once, or so many seconds are over: what follows by its schedule takes hours. */
async function tried(api: Api, path: string, sent: WebhookDelivery, seconds: number, signal: AbortSignal): Promise<WebhookDelivery> {
  const until = performance.now() + seconds * 1_000
  for (let delivery = sent; ;) {
    if (delivery.status !== 'pending' || delivery.attempts.length > 0 || performance.now() > until) return delivery
    await delay(EVERY_MS, undefined, { signal })
    delivery = (await unlessAway(() => api.call('GET', path, WebhookDelivery))) ?? delivery
  }
}

const why = ({ status, attempts }: WebhookDelivery): string => {
  const error = status === 'succeeded' ? null : attempts.at(-1)?.error
  return error === null || error === undefined ? '' : `: ${error}`
}

const status: Value<WebhookDeliveryStatus> = {
  kind: 'value',
  placeholder: WebhookDeliveryStatus.options.join('|'),
  summary: 'only those',
  parse: oneOf(...WebhookDeliveryStatus.options),
}

export const webhooksDeliveries = apiCommand({
  name: 'webhooks deliveries',
  summary: 'what a webhook was told, newest first, and how that went',
  details: 'Kept for 7 days when they succeeded, else for 30.',
  examples: ['zaptria webhooks deliveries "Padaria da Praça" --status failed'],
  arguments: { tenant: tenantArgument, webhook: webhookArgument },
  options: {
    status,
    limit: { kind: 'value', placeholder: 'N', summary: `so many (default 50, at most ${MOST})`, parse: whole(1, MOST) },
  },
  run: async (api, { tenant, webhook: said, status: only, limit = 50 }, { terminal }) => {
    const { path } = await findWebhook(api, tenant, said)
    const page = z.object({ items: z.array(WebhookDelivery) })
    const { items } = await api.call('GET', `${path}/deliveries`, page, { query: { status: only, limit } })
    const rows = items.map((one) => [one.id, one.created_at, one.type, String(one.attempts.length), `${one.status}${why(one)}`])
    const screen = terminal.drawn ? terminal.columns : Infinity
    const text = rows.length === 0 ? 'Nothing was told.\n' : table(['ID', 'AT', 'EVENT', 'ATTEMPTS', 'STATUS'], rows, screen)
    return { code: 0, data: items, text }
  },
})

export const webhooksReplay = apiCommand({
  name: 'webhooks replay',
  summary: 'send a webhook again what has failed',
  details: 'Everything that is still on record, unless --since or --delivery says less.',
  examples: [
    'zaptria webhooks replay "Padaria da Praça" --since 2026-12-01T09:00:00-03:00',
    'zaptria webhooks replay "Padaria da Praça" app.example.com --delivery 4207',
  ],
  arguments: { tenant: tenantArgument, webhook: webhookArgument },
  options: {
    since: { kind: 'value', placeholder: 'TIME', summary: 'only what was told since then', parse: readTime },
    delivery: {
      kind: 'value',
      placeholder: 'ID',
      summary: 'this one alone, also when it succeeded',
      parse: whole(1, Number.MAX_SAFE_INTEGER),
    },
  },
  run: async (api, { tenant, webhook: said, since, delivery }, { say }) => {
    if (since !== undefined && delivery !== undefined)
      throw new UsageError('--since and --delivery say different things: give one of them.')
    const { path, webhook } = await findWebhook(api, tenant, said)
    if (delivery !== undefined) {
      const again = await api.call('POST', `${path}/deliveries/${delivery}/replay`, WebhookDelivery)
      say(`${delivery} is sent to ${webhook.url} again.`)
      return { code: 0, data: again }
    }
    const body = { since: since ?? new Date(0).toISOString() }
    const done = await api.call('POST', `${path}/replay`, WebhookReplayed, { body })
    say(
      done.replayed === 0 ? 'Nothing has failed.' : `${done.replayed} ${done.replayed === 1 ? 'is' : 'are'} sent to ${webhook.url} again.`,
    )
    return { code: 0, data: done }
  },
})
