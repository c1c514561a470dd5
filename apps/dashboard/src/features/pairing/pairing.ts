import { queryOptions } from '@tanstack/react-query'
import { Pairing, PairingLink, PairingLinkCreated } from '@zaptria/contract'
import { ApiError, request, segment } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'

const path = (tenant: string) => `/tenants/${segment(tenant)}/bot/pairing-link`

/** The tenant's link, if there is one that is still good; its address is known only when it is made. */
export const pairingLinkQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.pairingLink(tenant),
    queryFn: async ({ signal }): Promise<PairingLink | null> => {
      try {
        return await request('GET', path(tenant), { answer: PairingLink, signal })
      } catch (error) {
        if (error instanceof ApiError && error.code === 'pairing_link_not_found') return null
        throw error
      }
    },
  })

export const createPairingLink = (tenant: string) => request('POST', path(tenant), { answer: PairingLinkCreated, body: {} })
export const removePairingLink = (tenant: string) => request('DELETE', path(tenant))

export type ShownPairing = Pairing & {
  /** When the QR runs out, on this machine's monotonic clock; null = not known. */
  endsAtTick: number | null
}

const shown = (pairing: Pairing): ShownPairing => {
  const left = pairing.qr_expires_at === null ? null : new Date(pairing.qr_expires_at).getTime() - Date.now()
  return { ...pairing, endsAtTick: left === null ? null : performance.now() + left }
}

/** What the link shows now. Nobody is signed in, so that there are no hints: it looks again and again, while somebody looks at it. */
export const pairingQuery = (token: string) =>
  queryOptions({
    queryKey: keys.pairing(token),
    queryFn: async ({ signal }) => shown(await request('POST', '/pairing', { answer: Pairing, body: { token }, signal })),
    refetchInterval: ({ state: { data, error } }) => (data?.state === 'connected' || isOver(error) ? false : 2_000),
    retry: (failures, error) => !isOver(error) && failures < 2,
  })

/** It will not come back by asking again. */
export const isOver = (error: unknown): boolean => error instanceof ApiError && error.code === 'pairing_link_not_found'

export const askPairing = async (token: string, phone?: string): Promise<ShownPairing> =>
  shown(await request('POST', '/pairing/ask', { answer: Pairing, body: phone === undefined ? { token } : { token, phone } }))
