import type { QuickReply } from '@zaptria/contract'

/** As one types in a hurry: without accents and capitals. */
const plain = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()

/** What is typed behind a `/` that begins the text; null when it does not begin so, or has become a text of its own. */
export function shortcutTyped(text: string): string | null {
  return text.startsWith('/') && !text.includes('\n') ? text.slice(1).trim() : null
}

/** Those whose shortcut begins with it first, then those that have it somewhere in shortcut or text. */
export function matching(replies: readonly QuickReply[], typed: string): QuickReply[] {
  const wanted = plain(typed)
  const begins = replies.filter(({ shortcut }) => plain(shortcut).startsWith(wanted))
  const has = replies.filter((reply) => !begins.includes(reply) && plain(`${reply.shortcut} ${reply.body}`).includes(wanted))
  return [...begins, ...has]
}

const NAME = /,?[^\S\n]*\{\{\s*(?:name|nome)\s*\}\}/giu

/** The text with the contact's first name in its place. Where there is none, what leads up to it goes too: "Olá, {{name}}!" becomes "Olá!". */
export function filledIn(body: string, contactName: string | null): string {
  const [first = ''] = (contactName ?? '').trim().split(/\s+/u)
  const name = /\p{L}/u.test(first) ? first : ''
  // Of the match only the placeholder itself is replaced by a name.
  return body.replaceAll(NAME, (match) => (name === '' ? '' : match.slice(0, match.indexOf('{{')) + name)).replace(/^[\s,]+/u, '')
}
