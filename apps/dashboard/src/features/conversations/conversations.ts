import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { API_BASE, Conversation, Media, MediaLimits, Message, page, takesCaption, type Answering } from '@zaptria/contract'
import { request, search, segment } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'
import { kindOf, type ChosenFile } from './chosen-file.ts'

export const path = (tenant: string, conversation?: string, rest = '') =>
  `/tenants/${segment(tenant)}/conversations${conversation === undefined ? '' : `/${segment(conversation)}${rest}`}`

/** What of the list is shown: all, what nobody has read, or where a person answers. */
export const SHOWN = ['all', 'unread', 'person'] as const
export type Shown = (typeof SHOWN)[number]

const FILTERS = { all: {}, unread: { unread: 'true' }, person: { answering: 'person' } } as const satisfies Record<Shown, object>

export const conversationsQuery = (tenant: string, { q, shown }: { q: string; shown: Shown }) =>
  infiniteQueryOptions({
    queryKey: keys.conversations(tenant, { q, shown }),
    queryFn: ({ signal, pageParam }) =>
      request('GET', path(tenant) + search({ q, ...FILTERS[shown], cursor: pageParam }), { answer: page(Conversation), signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    refetchInterval: 60_000,
  })

export const conversationQuery = (tenant: string, conversation: string) =>
  queryOptions({
    queryKey: keys.conversation(tenant, conversation),
    queryFn: ({ signal }) => request('GET', path(tenant, conversation), { answer: Conversation, signal }),
  })

const replying = (replyTo: string | null) => (replyTo === null ? {} : { reply_to: replyTo })

export const sendMessage = (
  tenant: string,
  conversation: string,
  { body, replyTo, key }: { body: string; replyTo: string | null; key: string },
) =>
  request('POST', path(tenant, conversation, '/messages'), {
    body: { body, ...replying(replyTo) },
    answer: Message,
    idempotencyKey: key,
  })

/** How large a file may be. The operator sets it, seldom. */
export const mediaLimitsQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.mediaLimits(tenant),
    queryFn: ({ signal }) => request('GET', `/tenants/${segment(tenant)}/media/limits`, { answer: MediaLimits, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })

export type FileToSend = ChosenFile & { caption: string; replyTo: string | null; limits: MediaLimits | undefined }

/** Uploads a file and sends it. `signal` ends the upload; what is uploaded already is sent. */
export async function sendFile(tenant: string, conversation: string, what: FileToSend, signal: AbortSignal): Promise<Message> {
  const { file, key, caption, replyTo, limits } = what
  const media = await request('POST', `/tenants/${segment(tenant)}/media${search({ filename: file.name })}`, {
    file,
    answer: Media,
    idempotencyKey: `${key}-file`,
    signal,
  })
  signal.throwIfAborted()
  // What its bytes are, which its name may hide.
  const type = kindOf({ type: media.mimetype, size: file.size }, limits)
  const body = { type, media_id: media.id, ...(caption === '' || !takesCaption(type) ? {} : { caption }), ...replying(replyTo) }
  return request('POST', path(tenant, conversation, '/messages'), { body, answer: Message, idempotencyKey: key })
}

export const fileAddress = (tenant: string, message: string): string =>
  `${API_BASE}/tenants/${segment(tenant)}/messages/${segment(message)}/media`

export const cancelMessage = (tenant: string, conversation: string, message: string) =>
  request('DELETE', path(tenant, conversation, `/messages/${segment(message)}`))

/** An empty emoji takes the reaction back. */
export const react = (tenant: string, conversation: string, message: string, emoji: string, idempotencyKey: string) => {
  const address = path(tenant, conversation, `/messages/${segment(message)}/reaction`)
  return emoji === ''
    ? request('DELETE', address, { answer: Message, idempotencyKey })
    : request('PUT', address, { body: { emoji }, answer: Message, idempotencyKey })
}

export const editMessage = (tenant: string, conversation: string, message: string, body: string, idempotencyKey: string) =>
  request('PATCH', path(tenant, conversation, `/messages/${segment(message)}`), { body: { body }, answer: Message, idempotencyKey })

/** For everyone, where WhatsApp has it already. */
export const deleteMessage = (tenant: string, conversation: string, message: string, idempotencyKey: string) =>
  request('DELETE', path(tenant, conversation, `/messages/${segment(message)}`), { answer: Message, idempotencyKey })

export const setAnswering = (tenant: string, conversation: string, answering: Answering) =>
  request('POST', path(tenant, conversation, '/answering'), { body: { answering } })

export const markRead = (tenant: string, conversation: string) => request('POST', path(tenant, conversation, '/read'))
