import { WebhookEndpoint, WebhookSubscription, WebhookWithSecret } from '@zaptria/contract'
import { z } from 'zod'
import { apiCommand } from '../api/command.ts'
import type { Command, Values } from '../command.ts'
import { confirmed, yes } from '../confirm.ts'
import { facts, table } from '../table.ts'
import { findTenant, tenantArgument } from '../tenants/find.ts'
import { oneOf } from '../values.ts'
import { findWebhook, webhookArgument } from './find.ts'

const stateOf = ({ enabled, disabled, failing_since: failing }: WebhookEndpoint): string =>
  enabled ? (failing === null ? 'on' : `failing since ${failing}`) : `off: ${disabled?.reason ?? 'by_request'}`

const eventsOf = ({ events }: WebhookEndpoint): string => events?.join(', ') ?? 'everything'

export const webhooksList = apiCommand({
  name: 'webhooks list',
  summary: 'a tenant’s webhooks, and how they fare',
  arguments: { tenant: tenantArgument },
  options: {},
  run: async (api, { tenant }, { terminal }) => {
    const { id } = await findTenant(api, tenant)
    const all = await api.list(`/tenants/${id}/webhooks`, WebhookEndpoint)
    const rows = all.map((one) => [one.id, stateOf(one), one.url, eventsOf(one)])
    const screen = terminal.drawn ? terminal.columns : Infinity
    return { code: 0, data: all, text: rows.length === 0 ? 'No webhooks.\n' : table(['ID', 'STATE', 'ADDRESS', 'TELLS'], rows, screen) }
  },
})

const event: Values<WebhookSubscription> = {
  kind: 'values',
  placeholder: 'EVENT',
  summary: 'only this one (default: everything, also what later versions tell)',
  parse: oneOf(...WebhookSubscription.options),
}

export const webhooksCreate = apiCommand({
  name: 'webhooks create',
  summary: 'have what happens in a tenant posted to an address; its secret is printed once, here',
  details: `Requests are signed as Standard Webhooks says. Events: ${WebhookSubscription.options.join(', ')}.`,
  examples: [
    'zaptria webhooks create "Padaria da Praça" https://app.example.com/webhooks/zaptria',
    'zaptria webhooks create "Padaria da Praça" https://app.example.com/in --event message.received --event message.status',
  ],
  arguments: { tenant: tenantArgument, address: { summary: 'where to, beginning with https://', parse: String } },
  options: {
    event,
    description: { kind: 'value', placeholder: 'TEXT', summary: 'what it is for', parse: String },
  },
  run: async (api, { tenant, address, event: only, description }) => {
    const { id } = await findTenant(api, tenant)
    const body = { url: address, description, events: only.length === 0 ? null : only }
    const made = await api.call('POST', `/tenants/${id}/webhooks`, WebhookWithSecret, { body })
    const rows: [string, string][] = [
      ['Webhook', made.id],
      ['Address', made.url],
      ['Tells', eventsOf(made)],
      ['Secret', made.secret],
    ]
    return { code: 0, data: made, text: facts(rows) }
  },
})

const switching = (name: 'on' | 'off', summary: string, done: string): Command =>
  apiCommand({
    name: `webhooks ${name}`,
    summary,
    arguments: { tenant: tenantArgument, webhook: webhookArgument },
    options: {},
    run: async (api, { tenant, webhook: said }, { say }) => {
      const { path } = await findWebhook(api, tenant, said)
      const changed = await api.call('PATCH', path, WebhookEndpoint, { body: { enabled: name === 'on' } })
      say(`${changed.url} ${done}`)
      return { code: 0, data: changed }
    },
  })

export const webhooksOn = switching('on', 'switch a webhook on again', 'is told again. What failed meanwhile: zaptria webhooks replay')
export const webhooksOff = switching('off', 'switch a webhook off', 'is told nothing. What happens meanwhile is not kept for it.')

export const webhooksSecret = apiCommand({
  name: 'webhooks secret',
  summary: 'give a webhook a new secret; for 24 hours the old one signs as well',
  arguments: { tenant: tenantArgument, webhook: webhookArgument },
  options: { yes },
  run: async (api, { tenant, webhook: said, yes: sure }, context) => {
    const { path, webhook } = await findWebhook(api, tenant, said)
    await confirmed(context, sure, `Give ${webhook.url} a new secret?`)
    const changed = await api.call('POST', `${path}/secret`, WebhookWithSecret)
    return { code: 0, data: changed, text: `${changed.secret}\n` }
  },
})

export const webhooksRemove = apiCommand({
  name: 'webhooks remove',
  summary: 'remove a webhook and the record of its deliveries',
  arguments: { tenant: tenantArgument, webhook: webhookArgument },
  options: { yes },
  run: async (api, { tenant: said, webhook: which, yes: sure }, context) => {
    const { path, webhook, tenant } = await findWebhook(api, said, which)
    await confirmed(context, sure, `Remove ${webhook.url} of ${tenant}? The record of its deliveries goes too.`)
    await api.call('DELETE', path, z.unknown())
    context.say(`${webhook.url} is removed.`)
    return { code: 0, data: { removed: webhook.id } }
  },
})
