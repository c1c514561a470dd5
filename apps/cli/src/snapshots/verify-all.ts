import { Snapshot, SnapshotCheck } from '@zaptria/contract'
import { ApiProblem } from '../api/client.ts'
import type { Api } from '../api/client.ts'
import { TenantWithBot } from '../tenants/find.ts'

export const lineOf = (id: string, { ok, fault }: SnapshotCheck): string => `${id}  ${ok ? 'whole' : `damaged: ${fault}`}\n`

/** That may have snapshots. */
export const everyTenant = async (api: Pick<Api, 'list'>): Promise<TenantWithBot[]> =>
  (await api.list('/tenants', TenantWithBot)).filter(({ bot }) => bot !== null)

/** What is not kept any longer goes while the others are read. */
const whenGone = (error: unknown): null => {
  if (error instanceof ApiProblem && error.code === 'snapshot_not_found') return null
  throw error
}

/** One after the other: each is read out of the vault whole. */
export async function verifyAll(api: Pick<Api, 'list' | 'call'>, tenants: readonly TenantWithBot[], say: (line: string) => void) {
  const checked: ({ tenant: string; id: string } & SnapshotCheck)[] = []
  for (const { id: tenant, name } of tenants) {
    const path = `/tenants/${tenant}/bot/snapshots`
    const stored = (await api.list(path, Snapshot)).filter(({ state }) => state === 'stored')
    if (stored.length > 0) say(`${name}:`)
    for (const { id } of stored) {
      const check = await api.call('POST', `${path}/${id}/verify`, SnapshotCheck).catch(whenGone)
      if (check === null) continue
      say(`  ${lineOf(id, check).trimEnd()}`)
      checked.push({ tenant, id, ...check })
    }
  }
  const damaged = checked.filter(({ ok }) => !ok).length
  return {
    code: damaged === 0 ? (0 as const) : (1 as const),
    data: checked,
    text: `${checked.length} ${checked.length === 1 ? 'snapshot' : 'snapshots'}, ${damaged === 0 ? 'all whole' : `${damaged} damaged`}.\n`,
  }
}
