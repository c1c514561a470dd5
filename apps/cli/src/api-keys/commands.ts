import { ApiKey, ApiKeyCreated } from '@zaptria/contract'
import { z } from 'zod'
import type { Api } from '../api/client.ts'
import { apiCommand } from '../api/command.ts'
import { Problem } from '../command.ts'
import { confirmed, yes } from '../confirm.ts'
import { table } from '../table.ts'

export const apiKeysList = apiCommand({
  name: 'api-keys list',
  summary: 'every API key, and when it was last used',
  options: {},
  run: async (api, _, { terminal }) => {
    const keys = await api.list('/api-keys', ApiKey)
    const rows = keys.map(({ id, prefix, created_at: at, last_used_at: used, name }) => [id, prefix, at, used ?? 'never', name])
    const screen = terminal.drawn ? terminal.columns : Infinity
    const text = rows.length === 0 ? 'No API keys.\n' : table(['ID', 'BEGINS WITH', 'CREATED', 'LAST USED', 'NAME'], rows, screen)
    return { code: 0, data: keys, text }
  },
})

export const apiKeysCreate = apiCommand({
  name: 'api-keys create',
  summary: 'make an API key; it is printed once, here',
  details: 'Whoever has it can do all that an operator can. Only the key is printed, so that it can go straight to where it is kept.',
  examples: ['zaptria api-keys create "Site da loja"', 'zaptria api-keys create backup > /run/secrets/zaptria'],
  arguments: { name: { summary: 'who is going to use it', parse: String } },
  options: {},
  run: async (api, { name }) => {
    const made = await api.call('POST', '/api-keys', ApiKeyCreated, { body: { name } })
    return { code: 0, data: made, text: `${made.key}\n` }
  },
})

export const apiKeysRevoke = apiCommand({
  name: 'api-keys revoke',
  summary: 'take an API key away; what uses it stops working at once',
  examples: ['zaptria api-keys revoke "Site da loja"', 'zaptria api-keys revoke zap_live_1a2b3c4d --yes'],
  arguments: { key: { summary: 'its id, what it begins with, or its name', parse: String } },
  options: { yes },
  run: async (api, { key: said, yes: sure }, context) => {
    const { id, name, prefix } = await findKey(api, said)
    await confirmed(context, sure, `Revoke ${name} (${prefix}…)? What uses it stops working at once.`)
    await api.call('DELETE', `/api-keys/${id}`, z.unknown())
    context.say(`${name} is revoked.`)
    return { code: 0, data: { revoked: id } }
  },
})

/** Never by a part of a name: what is revoked cannot be had back. */
async function findKey(api: Api, said: string): Promise<ApiKey> {
  const all = await api.list('/api-keys', ApiKey)
  const found = all.filter(({ id, prefix, name }) => [id, prefix, name].includes(said))
  if (found.length === 1) return found[0]!
  if (found.length === 0) throw new Problem(`There is no API key ${JSON.stringify(said)}.`, 'Those that are there: zaptria api-keys list')
  throw new Problem(`${found.length} API keys are called ${JSON.stringify(said)}.`, 'Give the id: zaptria api-keys list')
}
