import { queryOptions } from '@tanstack/react-query'
import { page, Snapshot, SnapshotCheck } from '@zaptria/contract'
import { request, search, segment } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'

const path = (tenant: string, rest = '') => `/tenants/${segment(tenant)}/bot/snapshots${rest}`

/** While one is on its way, its end is looked for. */
const SOON_MS = 2_000
const SELDOM_MS = 60_000

export const isUnderWay = ({ state }: Snapshot): boolean => state === 'asked' || state === 'coming'
/** A session can be opened from it. */
export const isUsable = ({ state, void_at }: Snapshot): boolean => state === 'stored' && void_at === null

/** When a session was last opened from one, where nothing can be reached, and was what it should be. */
export const lastProved = (items: readonly Snapshot[]): Date | null => {
  const times = items.flatMap(({ proved_at, proof_fault }) => (proved_at === null || proof_fault !== null ? [] : [Date.parse(proved_at)]))
  return times.length === 0 ? null : new Date(Math.max(...times))
}

/** The newest snapshots of the bot's session. */
export const snapshotsQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.snapshots(tenant),
    queryFn: ({ signal }) => request('GET', path(tenant) + search({ limit: 20 }), { answer: page(Snapshot), signal }),
    refetchInterval: ({ state }) => (state.data?.items.some(isUnderWay) === true ? SOON_MS : SELDOM_MS),
  })

export const askSnapshot = (tenant: string) => request('POST', path(tenant), { answer: Snapshot })
export const verifySnapshot = (tenant: string, id: string) =>
  request('POST', path(tenant, `/${segment(id)}/verify`), { answer: SnapshotCheck })
export const restoreSnapshot = (tenant: string, id: string) =>
  request('POST', path(tenant, `/${segment(id)}/restore`), { answer: Snapshot })
