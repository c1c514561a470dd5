import { Bot, BotToken } from '@zaptria/contract'
import { apiCommand } from '../api/command.ts'
import type { Command } from '../command.ts'
import { confirmed, yes } from '../confirm.ts'
import { facts, table } from '../table.ts'
import { findTenant, tenantArgument, TenantWithBot } from '../tenants/find.ts'
import { botLines, stateOf } from './words.ts'

export const botsList = apiCommand({
  name: 'bots list',
  summary: 'every bot: number, state, since when',
  options: {
    state: { kind: 'value', placeholder: 'STATE', summary: 'only those in this state, for example connected', parse: String },
  },
  run: async (api, { state: wanted }, { terminal }) => {
    const tenants = await api.list('/tenants', TenantWithBot)
    const bots = tenants.flatMap(({ name, bot }) =>
      bot === null || (wanted !== undefined && bot.state.state !== wanted) ? [] : [{ name, bot }],
    )
    const rows = bots.map(({ name, bot }) => [bot.tenant_id, stateOf(bot), bot.state.at, bot.number ?? '-', name])
    const screen = terminal.drawn ? terminal.columns : Infinity
    const text = rows.length === 0 ? 'No bots.\n' : table(['TENANT', 'STATE', 'SINCE', 'NUMBER', 'NAME'], rows, screen)
    return { code: 0, data: bots.map(({ name, bot }) => ({ tenant_name: name, ...bot })), text }
  },
})

export const botsShow = apiCommand({
  name: 'bots show',
  summary: 'a tenant’s bot',
  arguments: { tenant: tenantArgument },
  options: {},
  run: async (api, { tenant }) => {
    const { id } = await findTenant(api, tenant)
    const bot = await api.call('GET', `/tenants/${id}/bot`, Bot)
    return { code: 0, data: bot, text: facts(botLines(bot)) }
  },
})

/** What is asked of a bot by one call; `question` when it is to be asked first. */
function deed(name: string, summary: string, done: string, question?: (name: string) => string): Command {
  return apiCommand({
    name: `bots ${name}`,
    summary,
    arguments: { tenant: tenantArgument },
    options: question === undefined ? {} : { yes },
    run: async (api, given, context) => {
      const { id, name: tenant } = await findTenant(api, given.tenant)
      if (question !== undefined) await confirmed(context, (given as { yes?: boolean }).yes === true, question(tenant))
      const bot =
        name === 'remove' ? await api.call('DELETE', `/tenants/${id}/bot`, Bot) : await api.call('POST', `/tenants/${id}/bot/${name}`, Bot)
      context.say(`${tenant}: ${done}`)
      return { code: 0, data: bot }
    },
  })
}

export const botsStart = deed('start', 'start a bot that was stopped', 'the bot is started.')
export const botsStop = deed('stop', 'stop a bot; its session is kept', 'the bot is stopped. What is sent to it waits with WhatsApp.')
export const botsRestart = deed('restart', 'restart a bot', 'the bot is restarted. It needs no new scan.')
export const botsLogout = deed(
  'logout',
  'unlink a bot from its WhatsApp account',
  'the bot is unlinked. To link it again: zaptria pair',
  (name) => `Unlink ${name} from its WhatsApp account? Somebody has to scan again.`,
)
export const botsRemove = deed(
  'remove',
  'remove a bot; its volume is kept',
  'the bot is removed. "zaptria bots start" brings it back with its session.',
  (name) => `Remove the bot of ${name}?`,
)

export const botsToken = apiCommand({
  name: 'bots token',
  summary: 'give a bot a new token; the old one is refused at once',
  arguments: { tenant: tenantArgument },
  options: { yes },
  run: async (api, { tenant, yes: sure }, context) => {
    const { id, name } = await findTenant(api, tenant)
    await confirmed(context, sure, `Give the bot of ${name} a new token? It is started again with it; a bot of yours has to be given it.`)
    const token = await api.call('POST', `/tenants/${id}/bot/token`, BotToken)
    return { code: 0, data: token, text: `${token.bot_token}\n` }
  },
})
