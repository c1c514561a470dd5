import { page, Snapshot } from '@zaptria/contract'
import type { Api } from '../api/client.ts'
import type { Argument } from '../command.ts'
import { Problem } from '../command.ts'
import { findTenant } from '../tenants/find.ts'

export const MOST = 200

export const snapshotArgument = {
  summary: 'its id; without it the newest one that can be opened',
  parse: String,
  optional: true,
} as const satisfies Argument<string>

const isUsable = ({ state, void_at }: Snapshot): boolean => state === 'stored' && void_at === null
export const sizeOf = (bytes: number | null): string => {
  if (bytes === null) return '-'
  return bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

/** The one that is meant. */
export async function findSnapshot(
  api: Api,
  tenant: string,
  said: string | undefined,
): Promise<{ name: string; path: string; snapshot: Snapshot }> {
  const { id, name } = await findTenant(api, tenant)
  const path = `/tenants/${id}/bot/snapshots`
  const { items } = await api.call('GET', path, page(Snapshot), { query: { limit: MOST } })
  // As a bot is given one: what did not pass its proof only where there is no other, and what comes from elsewhere after all.
  const own = items.filter((one) => isUsable(one) && (one.cause !== 'imported' || one.restored_at !== null))
  const newest = own.find((one) => one.proof_fault === null) ?? own[0] ?? items.find(isUsable)
  const snapshot = said === undefined ? newest : items.find((one) => one.id === said)
  if (snapshot !== undefined) return { name, path: `${path}/${snapshot.id}`, snapshot }
  if (said === undefined)
    throw new Problem(`${name} has no snapshot that can be opened.`, `To take one: zaptria snapshots take ${JSON.stringify(name)}`)
  throw new Problem(`${name} has no snapshot ${said}.`, `Those that there are: zaptria snapshots list ${JSON.stringify(name)}`)
}
