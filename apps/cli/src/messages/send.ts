import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Message } from '@zaptria/contract'
import type { MessageStatus } from '@zaptria/contract'
import { z } from 'zod'
import { unlessAway } from '../api/client.ts'
import type { Api } from '../api/client.ts'
import { apiCommand } from '../api/command.ts'
import { Problem } from '../command.ts'
import { findTenant, tenantArgument } from '../tenants/find.ts'
import { readTime, whole } from '../values.ts'

const EVERY_MS = 500
const ENDS: ReadonlySet<MessageStatus> = new Set(['accepted', 'delivered', 'read', 'failed', 'expired', 'cancelled', 'unknown'])

export const send = apiCommand({
  name: 'send',
  summary: 'send a message to a phone number',
  details: 'TEXT may be left out: then it is read from standard input.',
  examples: [
    'zaptria send "Padaria da Praça" 5511987654321 "O pão saiu do forno."',
    'zaptria send "Padaria da Praça" 5511987654321 "Amanhã às 9h?" --at 2026-12-01T09:00:00-03:00',
    'zaptria send "Padaria da Praça" 5511987654321 --wait 60 < message.txt',
  ],
  arguments: {
    tenant: tenantArgument,
    to: { summary: 'the number, with country code', parse: String },
    text: { summary: 'what it says', parse: String, optional: true },
  },
  options: {
    at: { kind: 'value', placeholder: 'TIME', summary: 'not before then, for example 2026-12-01T09:00:00-03:00', parse: readTime },
    key: {
      kind: 'value',
      placeholder: 'KEY',
      summary: 'an Idempotency-Key: the same one sends once, however often it is run',
      parse: String,
    },
    wait: {
      kind: 'value',
      placeholder: 'SECONDS',
      summary: 'wait for so long until WhatsApp has it, and fail if it has not',
      parse: whole(1, 3_600),
    },
  },
  run: async (api, { tenant: said, to, text, at, key = randomUUID(), wait }, { terminal, signal }) => {
    const { id } = await findTenant(api, said)
    const body = text ?? (await all(terminal.lines()))
    const sent = await api.call('POST', `/tenants/${id}/messages`, Message, {
      body: { to, type: 'text', body, ...(at === undefined ? {} : { send_at: at }) },
      idempotencyKey: key,
    })
    const message = wait === undefined ? sent : await settled(api, id, sent, wait, signal)
    const failed = message.failure === null || message.failure === undefined ? '' : `: ${message.failure.reason}`
    const ok = wait === undefined || ['accepted', 'delivered', 'read'].includes(message.status)
    return { code: ok ? 0 : 1, data: message, text: `${message.id}  ${message.status}${failed}\n` }
  },
})

/** The message when WhatsApp has it, or it has failed, or so many seconds are over. */
async function settled(api: Api, tenant: string, sent: Message, seconds: number, signal: AbortSignal): Promise<Message> {
  const until = performance.now() + seconds * 1_000
  for (let message = sent; ;) {
    if (ENDS.has(message.status) || performance.now() > until) return message
    await delay(EVERY_MS, undefined, { signal })
    const path = `/tenants/${tenant}/conversations/${sent.conversation_id}/messages`
    const page = await unlessAway(() => api.call('GET', path, z.object({ items: z.array(Message) }), { query: { limit: 200 } }))
    message = page?.items.find(({ id }) => id === sent.id) ?? message
  }
}

async function all(lines: AsyncIterable<string>): Promise<string> {
  const read: string[] = []
  for await (const line of lines) read.push(line)
  const text = read.join('\n')
  if (text.trim() === '') throw new Problem('There is nothing to send.', 'Give the text as the last word, or on standard input.')
  return text
}
