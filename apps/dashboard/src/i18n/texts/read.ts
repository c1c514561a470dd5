import { compileMessageOrThrow, type CompiledMessage } from '@lingui/message-utils/compileMessage'
import { MESSAGES } from '../messages.ts'

/** Texts by id, read: what stands between braces is known. */
export type Texts = Record<string, CompiledMessage>

/** Of the first language, or the second. */
export function readTexts(column: 0 | 1): Texts {
  return Object.fromEntries(Object.entries(MESSAGES).map(([id, texts]) => [id, compileMessageOrThrow(texts[column])]))
}
