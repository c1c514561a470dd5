import type { FieldMistake } from '@zaptria/contract'
import { textOf, type Translate } from '../i18n/use-t.ts'
import { ApiError } from './client.ts'
import { isMissingPart } from './part.ts'

/** What happened, and what to do next, in the person's language. */
export type ProblemText = { title: string; hint: string; errors: { path: string; message: string }[] }

export function problemText(error: unknown, t: Translate): ProblemText {
  if (isMissingPart(error)) return { title: t('error.part'), hint: t('error.part.hint'), errors: [] }
  if (!(error instanceof ApiError)) return { title: t('error.page'), hint: t('error.page.hint'), errors: [] }
  const { code } = error
  // Elsewhere the sentence says it all.
  const errors = code === 'validation_failed' ? error.errors.map((mistake) => mistakeText(mistake, t)) : []
  if (code === 'rate_limited' && error.retryAfterS !== undefined) {
    return { title: t('error.rate_limited'), hint: t('error.rate_limited.seconds', { seconds: error.retryAfterS }), errors }
  }
  // Asked of the texts: the contract's own catalogue is in English, and long.
  const [title, hint] = [textOf(t, `error.${code}`), textOf(t, `error.${code}.hint`)]
  if (title !== null && hint !== null) return { title, hint, errors }
  if (code === 'offline') return { title: t('error.offline'), hint: t('error.offline.hint'), errors }
  if (code === 'unreadable_answer') return { title: t('error.unreadable_answer'), hint: t('error.unreadable_answer.hint'), errors }
  // A newer server knows a code that this page does not: its status still says whose turn it is.
  return error.status >= 500
    ? { title: t('error.internal'), hint: t('error.internal.hint'), errors }
    : { title: t('error.refused'), hint: t('error.refused.hint', { code }), errors }
}

/** By its code; one that this page does not know stays as the server wrote it, in English. */
function mistakeText({ path, message, code }: FieldMistake, t: Translate): ProblemText['errors'][number] {
  return { path, message: (code === undefined ? null : textOf(t, `error.field.${code}`)) ?? message }
}
