import { compileMessageOrThrow, type CompiledMessage } from '@lingui/message-utils/compileMessage'
import { MESSAGES } from '../messages.ts'

/** Texts by id, read: what stands between braces is known. */
export type Texts = Record<string, CompiledMessage>

/** What is said on pages alone that are not the first one to be opened, and much: fetched with them (routes/router.tsx). */
export const LATER = /^(?:facts|flow|instance|logs|reference|design|snapshots|stats|timeline)\./

/** Of the first language, or the second. */
export function readTexts(column: 0 | 1, part: 'first' | 'later'): Texts {
  const wanted = Object.entries(MESSAGES).filter(([id]) => LATER.test(id) === (part === 'later'))
  return Object.fromEntries(wanted.map(([id, texts]) => [id, compileMessageOrThrow(texts[column])]))
}
