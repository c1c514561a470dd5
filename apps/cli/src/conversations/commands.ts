import { Conversation, ConversationId, Message } from '@zaptria/contract'
import { z } from 'zod'
import type { Api } from '../api/client.ts'
import { apiCommand } from '../api/command.ts'
import { Problem } from '../command.ts'
import { printable, table } from '../table.ts'
import { findTenant, tenantArgument } from '../tenants/find.ts'
import { whole } from '../values.ts'

/** The most that one page shows. */
const MOST = 200
const limit = { kind: 'value', placeholder: 'N', summary: `so many (default 50, at most ${MOST})`, parse: whole(1, MOST) } as const

const nameOf = ({ contact: { name, phone, lid, group } }: Conversation): string => name ?? phone ?? lid ?? group ?? '?'

export const conversationsList = apiCommand({
  name: 'conversations list',
  summary: 'with whom a tenant’s bot talks, last changed first',
  examples: ['zaptria conversations list "Padaria da Praça" --search ana'],
  arguments: { tenant: tenantArgument },
  options: {
    search: { kind: 'value', placeholder: 'TEXT', summary: 'only those with this in their name or phone number', parse: String },
    limit,
  },
  run: async (api, { tenant, search, limit: most = 50 }, { terminal }) => {
    const { id } = await findTenant(api, tenant)
    const items = await some(api, id, search, most)
    const rows = items.map((one) => [
      one.id,
      one.updated_at,
      one.stuck ? 'stuck' : one.answering,
      String(one.unread),
      nameOf(one),
      one.last_message === null ? '' : `${one.last_message.from_me ? '> ' : ''}${one.last_message.body}`,
    ])
    const screen = terminal.drawn ? terminal.columns : Infinity
    const text = rows.length === 0 ? 'No conversations.\n' : table(['ID', 'CHANGED', 'ANSWERS', 'UNREAD', 'WITH', 'LAST'], rows, screen)
    return { code: 0, data: items, text }
  },
})

export const messagesList = apiCommand({
  name: 'messages list',
  summary: 'a conversation’s last messages, oldest first',
  examples: ['zaptria messages list "Padaria da Praça" 5511987654321', 'zaptria messages list "Padaria da Praça" Ana --limit 200'],
  arguments: {
    tenant: tenantArgument,
    with: { summary: 'a phone number, a part of a name that no other has, or a conversation’s id', parse: String },
  },
  options: { limit },
  run: async (api, { tenant, with: said, limit: most = 50 }) => {
    const { id } = await findTenant(api, tenant)
    const conversation = await findConversation(api, id, said)
    const page = z.object({ items: z.array(Message) })
    const { items } = await api.call('GET', `/tenants/${id}/conversations/${conversation}/messages`, page, { query: { limit: most } })
    const messages = items.toReversed()
    return { code: 0, data: messages, text: messages.length === 0 ? 'No messages.\n' : messages.map(lineOf).join('') }
  },
})

/** `>` goes out, `<` came in. */
function lineOf({ at, from_me: out, author, status, sender, body, type, deleted_at: deleted }: Message): string {
  const who = out ? `${author}, ${status}` : (sender?.name ?? sender?.phone ?? '')
  const kind = type === 'chat' ? '' : `(${type})`
  const said = deleted !== null ? '(deleted)' : [kind, body].filter((part) => part !== '').join(' ')
  return `${at}  ${out ? '>' : '<'} ${printable(said)}${who === '' ? '' : `  [${printable(who)}]`}\n`
}

const some = async (api: Api, tenant: string, q: string | undefined, most: number): Promise<Conversation[]> =>
  (await api.call('GET', `/tenants/${tenant}/conversations`, z.object({ items: z.array(Conversation) }), { query: { q, limit: most } }))
    .items

async function findConversation(api: Api, tenant: string, said: string): Promise<string> {
  if (ConversationId.safeParse(said).success) return said
  const found = await some(api, tenant, said, MOST)
  const same = found.filter((one) => one.contact.phone === said.replace(/^\+/, '') || one.contact.name === said)
  const [first, ...others] = same.length > 0 ? same : found
  if (first === undefined)
    throw new Problem(`There is no conversation with ${JSON.stringify(said)}.`, 'Those that there are: zaptria conversations list')
  if (others.length === 0) return first.id
  const shown = [first, ...others].slice(0, 10).map((one) => `\n  ${one.id}  ${printable(nameOf(one))}`)
  throw new Problem(
    `${others.length + 1} conversations could be ${JSON.stringify(said)}:${shown.join('')}${others.length > 9 ? '\n  …' : ''}`,
    'Say more of the name, the whole number, or the id.',
  )
}
