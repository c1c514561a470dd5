import { Subscription, Tenant } from '@zaptria/contract'
import { z } from 'zod'
import { apiCommand } from '../api/command.ts'
import { botLines, stateOf } from '../bots/words.ts'
import type { Value } from '../command.ts'
import { confirmed, yes } from '../confirm.ts'
import { facts, table } from '../table.ts'
import { oneOf, whole } from '../values.ts'
import { findTenant, tenantArgument, TenantWithBot } from './find.ts'

const subscription: Value<Subscription> = {
  kind: 'value',
  placeholder: Subscription.options.join('|'),
  summary: 'paid makes its bot, cancelled takes it away and keeps its session',
  parse: oneOf(...Subscription.options),
}
const externalId: Value<string> = { kind: 'value', placeholder: 'ID', summary: 'your own id for it', parse: String }

export const tenantsList = apiCommand({
  name: 'tenants list',
  summary: 'every tenant, and how its bot is',
  options: { search: { kind: 'value', placeholder: 'TEXT', summary: 'only those with this in their name', parse: String } },
  run: async (api, { search }, { terminal }) => {
    const tenants = await api.list('/tenants', TenantWithBot, { q: search })
    const rows = tenants.map(({ id, name, subscription: paid, bot }) => [id, paid, bot === null ? 'no bot' : stateOf(bot), name])
    const screen = terminal.drawn ? terminal.columns : Infinity
    const text = rows.length === 0 ? 'No tenants.\n' : table(['ID', 'SUBSCRIPTION', 'BOT', 'NAME'], rows, screen)
    return { code: 0, data: tenants, text }
  },
})

export const tenantsShow = apiCommand({
  name: 'tenants show',
  summary: 'a tenant, and its bot',
  arguments: { tenant: tenantArgument },
  options: {},
  run: async (api, { tenant: said }) => {
    const tenant = await findTenant(api, said)
    return { code: 0, data: tenant, text: facts([...lines(tenant), ...(tenant.bot === null ? [] : botLines(tenant.bot))]) }
  },
})

export const tenantsCreate = apiCommand({
  name: 'tenants create',
  summary: 'create a tenant; paid, with its bot',
  examples: ['zaptria tenants create "Padaria da Praça" --subscription paid'],
  arguments: { name: { summary: 'what people call it', parse: String } },
  options: { subscription, 'external-id': externalId },
  run: async (api, { name, subscription: paid, 'external-id': external }) => {
    const made = await api.call('POST', '/tenants', Tenant.loose(), {
      body: { name, ...(paid === undefined ? {} : { subscription: paid }), ...(external === undefined ? {} : { external_id: external }) },
    })
    const next =
      made.subscription === 'paid'
        ? `zaptria pair ${made.id}`
        : `zaptria tenants change ${made.id} --subscription paid\nIt has no bot until it is paid: that makes one, to be paired then.`
    return { code: 0, data: made, text: `${facts(lines(made))}\nNext: ${next}\n` }
  },
})

export const tenantsChange = apiCommand({
  name: 'tenants change',
  summary: 'change a tenant’s name, subscription, external id, quiet hour or time zone',
  examples: ['zaptria tenants change "Padaria da Praça" --subscription cancelled'],
  arguments: { tenant: tenantArgument },
  options: {
    name: { kind: 'value', placeholder: 'NAME', summary: 'another name', parse: String },
    subscription,
    'external-id': externalId,
    'quiet-hour': {
      kind: 'value',
      placeholder: 'HOUR',
      summary: 'when its session may be copied: from that hour on, for two',
      parse: whole(0, 23),
    },
    'time-zone': { kind: 'value', placeholder: 'ZONE', summary: 'the quiet hour’s, for example America/Manaus', parse: String },
  },
  run: async (api, { tenant: said, name, subscription: paid, 'external-id': external, 'quiet-hour': quiet, 'time-zone': zone }) => {
    const { id } = await findTenant(api, said)
    const body = { name, subscription: paid, external_id: external, quiet_hour: quiet, time_zone: zone }
    const changed = await api.call('PATCH', `/tenants/${id}`, Tenant.loose(), { body })
    return { code: 0, data: changed, text: facts(lines(changed)) }
  },
})

export const tenantsRemove = apiCommand({
  name: 'tenants remove',
  summary: 'remove a tenant and its bot; the bot’s volume is kept',
  arguments: { tenant: tenantArgument },
  options: { yes },
  run: async (api, { tenant: said, yes: sure }, context) => {
    const { id, name } = await findTenant(api, said)
    await confirmed(context, sure, `Remove ${name} and its bot? Its conversations and its flow are not shown any more.`)
    await api.call('DELETE', `/tenants/${id}`, z.unknown())
    context.say(`${name} is removed. Its data are kept: zaptria tenants erase ${JSON.stringify(name)}`)
    return { code: 0, data: { removed: id } }
  },
})

const lines = ({
  id,
  name,
  external_id: external,
  subscription: paid,
  quiet_hour: quiet,
  time_zone: zone,
  created_at: at,
}: Tenant): [string, string | null][] => [
  ['Tenant', id],
  ['Name', name],
  ['External id', external],
  ['Subscription', paid],
  ['Quiet hour', `${quiet}:00, ${zone}`],
  ['Since', at],
]
