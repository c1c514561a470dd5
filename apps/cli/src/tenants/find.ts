import { Bot, Tenant, TenantId } from '@zaptria/contract'
import type { z } from 'zod'
import type { Api } from '../api/client.ts'
import type { Argument } from '../command.ts'
import { Problem } from '../command.ts'

export const TenantWithBot = Tenant.extend({ bot: Bot.nullable() })
export type TenantWithBot = z.infer<typeof TenantWithBot>

export const tenantArgument = {
  summary: 'its id, its external id, or its name: all of it, or a part that no other has',
  parse: String,
} as const satisfies Argument<string>

/** The one tenant that is meant. */
export async function findTenant(api: Api, said: string): Promise<TenantWithBot> {
  if (TenantId.safeParse(said).success) return api.call('GET', `/tenants/${said}`, TenantWithBot)
  const all = await api.list('/tenants', TenantWithBot)
  const fold = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
  const same = all.filter(({ external_id: id, name }) => id === said || name === said)
  const alike = all.filter(({ id, name }) => fold(name).includes(fold(said)) || id.startsWith(said))
  const found = same.length > 0 ? same : alike
  if (found.length === 1) return found[0]!
  if (found.length === 0) throw new Problem(`There is no tenant ${JSON.stringify(said)}.`, 'Those that are there: zaptria tenants list')
  const some = found.slice(0, 10).map(({ id, name }) => `\n  ${id}  ${name}`)
  throw new Problem(
    `${found.length} tenants could be ${JSON.stringify(said)}:${some.join('')}${found.length > 10 ? '\n  …' : ''}`,
    'Say more of the name, or the id.',
  )
}
