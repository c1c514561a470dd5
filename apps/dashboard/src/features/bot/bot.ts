import { queryOptions } from '@tanstack/react-query'
import { Bot, BotQr, BotStats, BotToken, LogLine, page, StateHistoryEntry } from '@zaptria/contract'
import { z } from 'zod'
import { ApiError, request, segment } from '../../api/client.ts'
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

export const statesQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.bot(tenant, 'states'),
    queryFn: ({ signal }) => request('GET', path(tenant, '/states'), { answer: page(StateHistoryEntry), signal }),
  })

export const statsQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.bot(tenant, 'stats'),
    queryFn: ({ signal }) => request('GET', path(tenant, '/stats'), { answer: BotStats, signal }),
    refetchInterval: 10_000,
  })

export const logsQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.bot(tenant, 'logs'),
    queryFn: ({ signal }) => request('GET', path(tenant, '/logs?tail=200'), { answer: z.object({ items: z.array(LogLine) }), signal }),
    refetchInterval: 10_000,
  })

/** What people can ask of a bot. */
export type BotDeed = 'start' | 'stop' | 'restart' | 'pair' | 'logout' | 'remove'

export function askBot(tenant: string, deed: BotDeed): Promise<undefined> {
  if (deed === 'remove') return request('DELETE', path(tenant))
  return request('POST', path(tenant, `/${deed}`), deed === 'pair' ? { body: {} } : {})
}

export const pairByPhone = (tenant: string, phone: string) => request('POST', path(tenant, '/pair'), { body: { phone } })
export const rotateToken = (tenant: string) => request('POST', path(tenant, '/token'), { answer: BotToken })
