import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { Bot, BotNumbers, BotQr, BotStats, BotToken, LogLine, page, TimelineEntry } from '@zaptria/contract'
import { z } from 'zod'
import { ApiError, request, search, segment } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'

const path = (tenant: string, rest = '') => `/tenants/${segment(tenant)}/bot${rest}`

/** The tenant's bot; null when it has none. Hints keep it fresh; the interval is for when a hint got lost. */
export const botQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.bot(tenant, 'self'),
    queryFn: async ({ signal }): Promise<Bot | null> => {
      try {
        return await request('GET', path(tenant), { answer: Bot, signal })
      } catch (error) {
        if (error instanceof ApiError && error.code === 'bot_not_found') return null
        throw error
      }
    },
    refetchInterval: 20_000,
  })

export type ShownQr = BotQr & {
  /** When it runs out, on this machine's monotonic clock (`performance.now()`); null = not known. The person's wall clock may be wrong. */
  endsAtTick: number | null
}

/** The live QR. Asking counts as somebody looking at it. */
export const qrQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.bot(tenant, 'qr'),
    queryFn: async ({ signal }): Promise<ShownQr> => {
      const qr = await request('GET', path(tenant, '/qr'), { answer: BotQr, signal })
      const left = qr.expires_at === null ? null : new Date(qr.expires_at).getTime() - Date.now()
      return { ...qr, endsAtTick: left === null ? null : performance.now() + left }
    },
    refetchInterval: 20_000,
    staleTime: 0,
  })

/** What happened to it, newest first. */
export const timelineQuery = (tenant: string) =>
  infiniteQueryOptions({
    queryKey: keys.bot(tenant, 'timeline'),
    queryFn: ({ signal, pageParam }) =>
      request('GET', `/tenants/${segment(tenant)}/timeline${search({ cursor: pageParam, limit: 30 })}`, {
        answer: page(TimelineEntry),
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  })

/** How it did in so many hours until now. */
export const numbersQuery = (tenant: string, hours: number) =>
  queryOptions({
    queryKey: [...keys.bot(tenant, 'numbers'), hours],
    queryFn: ({ signal }) => request('GET', `/tenants/${segment(tenant)}/numbers${search({ hours })}`, { answer: BotNumbers, signal }),
    // A week's is much to read, and changes little.
    refetchInterval: hours > 24 ? 300_000 : 30_000,
  })

export const statsQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.bot(tenant, 'stats'),
    queryFn: ({ signal }) => request('GET', path(tenant, '/stats'), { answer: BotStats, signal }),
    refetchInterval: 10_000,
  })

/** The end of what the process wrote; asked for again and again while `live`. */
export const logsQuery = (tenant: string, live: boolean) =>
  queryOptions({
    queryKey: keys.bot(tenant, 'logs'),
    queryFn: ({ signal }) => request('GET', path(tenant, '/logs?tail=500'), { answer: z.object({ items: z.array(LogLine) }), signal }),
    refetchInterval: live ? 2_000 : false,
    enabled: live,
  })

/** What people can ask of a bot. */
export type BotDeed = 'start' | 'stop' | 'restart' | 'pair' | 'logout' | 'remove'

export function askBot(tenant: string, deed: BotDeed): Promise<undefined> {
  if (deed === 'remove') return request('DELETE', path(tenant))
  return request('POST', path(tenant, `/${deed}`), deed === 'pair' ? { body: {} } : {})
}

export const pairByPhone = (tenant: string, phone: string) => request('POST', path(tenant, '/pair'), { body: { phone } })
export const rotateToken = (tenant: string) => request('POST', path(tenant, '/token'), { answer: BotToken })
