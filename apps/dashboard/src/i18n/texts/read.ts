import { compileMessageOrThrow, type CompiledMessage } from '@lingui/message-utils/compileMessage'
import { MESSAGES } from '../messages.ts'

/** Texts by id, read: what stands between braces is known. */
export type Texts = Record<string, CompiledMessage>

/** What is said on pages alone that are not the first one to be opened, and much: fetched with them (routes/router.tsx, features/alerts/use-detail-text.ts). */
const PAGES = {
  alerts: ['cause', 'fault'],
  settings: ['api-keys', 'password'],
  chats: [
    'answering',
    'attach',
    'author',
    'change',
    'composer',
    'content',
    'failure',
    'file',
    'kind',
    'message',
    'messages',
    'quick',
    'quote',
    'status',
  ],
  details: [
    'asked',
    'facts',
    'instance',
    'logs',
    'snapshots',
    'stats',
    'timeline',
    'webhooks',
    'webhook-delivery',
    'webhook-event',
    'webhook-off',
  ],
  others: ['design', 'flow', 'reference'],
}
export const LATER = new RegExp(`^(?:${Object.values(PAGES).flat().join('|')})\\.`)

/** Of the first language, or the second. */
export function readTexts(column: 0 | 1, part: 'first' | 'later'): Texts {
  const wanted = Object.entries(MESSAGES).filter(([id]) => LATER.test(id) === (part === 'later'))
  return Object.fromEntries(wanted.map(([id, texts]) => [id, compileMessageOrThrow(texts[column])]))
}
