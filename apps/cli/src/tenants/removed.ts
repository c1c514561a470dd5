import { RemovedTenant } from '@zaptria/contract'
import type { Api } from '../api/client.ts'
import { apiCommand } from '../api/command.ts'
import type { Argument } from '../command.ts'
import { Problem } from '../command.ts'
import { table } from '../table.ts'
import { findTenant } from './find.ts'

export const tenantsRemoved = apiCommand({
  name: 'tenants removed',
  summary: 'tenants that were removed, and what is kept of them',
  options: {},
  run: async (api, _given, { terminal }) => {
    const tenants = await api.list('/tenants/removed', RemovedTenant)
    const rows = tenants.map((one) => [one.id, one.removed_at, keptOf(one), one.name ?? '-'])
    const screen = terminal.drawn ? terminal.columns : Infinity
    return {
      code: 0,
      data: tenants,
      text: rows.length === 0 ? 'No tenant was removed.\n' : table(['ID', 'REMOVED', 'DATA', 'NAME'], rows, screen),
    }
  },
})

const removedArgument = {
  summary: 'a removed tenant: its id, its external id, or its name in full',
  parse: String,
} as const satisfies Argument<string>

export const tenantsErase = apiCommand({
  name: 'tenants erase',
  summary: 'destroy all data of a removed tenant, for good',
  details: `Its key goes at once, and with it every snapshot of its session, wherever a copy lies. Then its messages, contacts, files, flows, webhooks and snapshots are
deleted, and its bot's volumes on every server that may have one: "zaptria tenants removed" says how far that is. Backups of the database have all of it until they are
pruned. Unlink the phone before the tenant is removed (zaptria bots logout): the erasure leaves the linked device in the phone's list.`,
  examples: ['zaptria tenants erase "Padaria da Praça" --confirm "Padaria da Praça"'],
  arguments: { tenant: removedArgument },
  options: { confirm: { kind: 'value', placeholder: 'NAME', summary: 'its name, in full: do it without asking', parse: String } },
  run: async (api, { tenant: said, confirm }, context) => {
    const tenant = await findRemoved(api, said)
    const name = tenant.name ?? tenant.id
    const question = `All data of ${name} are destroyed, and nothing brings them back. Its name, to go on: `
    const typed = confirm ?? (context.json ? null : await context.terminal.ask(question))
    if (typed === null)
      throw new Problem(`This asks first: ${question.trimEnd()}`, `Nobody is there to answer: say --confirm ${JSON.stringify(name)}.`)
    if (typed.trim() !== name && typed.trim() !== tenant.id)
      throw new Problem('Nothing was done: that is another name.', `To do it: ${JSON.stringify(name)}, in full.`)
    const erased = await api.call('POST', `/tenants/${tenant.id}/erase`, RemovedTenant, { body: { confirm: typed.trim() } })
    return { code: 0, data: erased, text: `${name}: ${keptOf(erased)}\n` }
  },
})

/** What is kept of it, in a few words. */
function keptOf({ erasure }: RemovedTenant): string {
  if (erasure === null) return 'kept'
  if (erasure.state === 'erased') return `erased ${erasure.erased_at}`
  const waits = erasure.waiting_for.map(({ server_name: server, trouble }) => (trouble === null ? server : `${server} (${trouble})`))
  return waits.length === 0 ? 'erasing' : `erasing, waits for ${waits.join(', ')}`
}

/** Nothing is guessed here. */
async function findRemoved(api: Api, said: string): Promise<RemovedTenant> {
  const all = await api.list('/tenants/removed', RemovedTenant)
  const found = all.filter(({ id, external_id: external, name }) => [id, external, name].includes(said))
  if (found.length === 1) return found[0]!
  if (found.length > 1) {
    const some = found.map(({ id, removed_at: at }) => `\n  ${id}  removed ${at}`)
    throw new Problem(`${found.length} removed tenants are called ${JSON.stringify(said)}:${some.join('')}`, 'Say the id.')
  }
  const there = await findTenant(api, said).catch(() => null)
  if (there !== null)
    throw new Problem(`${there.name} is not removed.`, `Remove it first: zaptria tenants remove ${JSON.stringify(there.name)}`)
  throw new Problem(`There is no removed tenant ${JSON.stringify(said)}.`, 'Those that there are: zaptria tenants removed')
}
