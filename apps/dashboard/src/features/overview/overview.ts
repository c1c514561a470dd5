import { queryOptions, replaceEqualDeep } from '@tanstack/react-query'
import { OverviewTenant, page } from '@zaptria/contract'
import { request, search } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'

const Tenants = page(OverviewTenant)

/** How every tenant stands. Hints keep it fresh, tile by tile; the interval is for when one got lost. */
export const overviewQuery = queryOptions({
  queryKey: keys.overview,
  queryFn: async ({ signal }): Promise<OverviewTenant[]> => {
    const all: OverviewTenant[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const { items, next }: { items: OverviewTenant[]; next: string | null } = await request('GET', `/overview${search({ cursor })}`, {
        answer: Tenants,
        signal,
      })
      all.push(...items)
      cursor = next
    }
    return all
  },
  refetchInterval: 60_000,
  structuralSharing: (old, fresh) => shareById(old as OverviewTenant[] | undefined, fresh as OverviewTenant[]),
})

export const readTiles = async (ids: readonly string[], signal: AbortSignal): Promise<OverviewTenant[]> =>
  (await request('GET', `/overview${search({ tenants: ids.join(',') })}`, { answer: Tenants, signal })).items

/** Who answers the tenant's contacts first. */
export const answeredByQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.answeredBy(tenant),
    queryFn: async ({ signal }) => (await readTiles([tenant], signal))[0]?.answered_by ?? null,
  })

/** What did not change keeps its identity, wherever it stands now: one change draws one tile again. */
export function shareById(old: OverviewTenant[] | undefined, fresh: OverviewTenant[]): OverviewTenant[] {
  if (old === undefined) return fresh
  const known = new Map(old.map((tenant) => [tenant.id, tenant]))
  const shared = fresh.map((tenant) => replaceEqualDeep(known.get(tenant.id), tenant))
  return shared.length === old.length && shared.every((tenant, index) => tenant === old[index]) ? old : shared
}

/** What is known, with those that were asked for anew: as they are now, or gone. New ones come first: ids sort by time. */
export function patchTiles(known: readonly OverviewTenant[], asked: readonly string[], got: readonly OverviewTenant[]): OverviewTenant[] {
  const fresh = new Map(got.map((tenant) => [tenant.id as string, tenant]))
  const gone = new Set(asked.filter((id) => !fresh.has(id)))
  const kept = known.filter(({ id }) => !gone.has(id)).map((tenant) => fresh.get(tenant.id) ?? tenant)
  const there = new Set(kept.map(({ id }) => id))
  const made = got.filter(({ id }) => !there.has(id)).toSorted((a, b) => (a.id < b.id ? 1 : -1))
  return [...made, ...kept]
}
