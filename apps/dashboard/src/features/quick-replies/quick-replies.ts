import { queryOptions } from '@tanstack/react-query'
import { MAX_QUICK_REPLIES_PER_TENANT, QuickReply, page, type QuickReplyCreate, type QuickReplyUpdate } from '@zaptria/contract'
import { request, search, segment } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'

const path = (tenant: string, reply?: string) =>
  `/tenants/${segment(tenant)}/quick-replies${reply === undefined ? '' : `/${segment(reply)}`}`

/** All of them, by shortcut: there are never more than one page holds. */
export const quickRepliesQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.quickReplies(tenant),
    queryFn: ({ signal }) =>
      request('GET', path(tenant) + search({ limit: MAX_QUICK_REPLIES_PER_TENANT }), { answer: page(QuickReply), signal }),
    select: ({ items }) => items,
  })

export const createQuickReply = (tenant: string, body: QuickReplyCreate, idempotencyKey: string) =>
  request('POST', path(tenant), { body, answer: QuickReply, idempotencyKey })
export const changeQuickReply = (tenant: string, reply: string, body: QuickReplyUpdate) =>
  request('PATCH', path(tenant, reply), { body, answer: QuickReply })
export const removeQuickReply = (tenant: string, reply: string) => request('DELETE', path(tenant, reply))
