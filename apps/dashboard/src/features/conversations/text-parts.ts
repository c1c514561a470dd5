export type TextPart = { text: string; look?: 'bold' | 'italic' | 'struck' | 'code'; href?: string }

/** An address, without the full stop or bracket that ends the sentence around it. */
const LINK = /\bhttps?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]}*_~]/giu
/** WhatsApp's marks: tight around what they mark, and at the edges of words. */
const MARKED = /(?<![\p{L}\p{N}])(?:```([^`]+)```|\*(?=\S)([^*\n]*\S)\*|_(?=\S)([^_\n]*\S)_|~(?=\S)([^~\n]*\S)~)(?![\p{L}\p{N}])/gu
const LOOKS = ['code', 'bold', 'italic', 'struck'] as const

/** A message's text as WhatsApp shows it: `*bold*`, `_italic_`, `~struck~`, three backticks for code, and addresses that lead somewhere. */
export function textParts(text: string): TextPart[] {
  return between(text, LINK, (match) => [{ text: match[0], href: match[0] }], marked)
}

const marked = (text: string): TextPart[] =>
  between(
    text,
    MARKED,
    (match) => {
      const at = match.slice(1).findIndex((group) => group !== undefined)
      return [{ text: match[at + 1] ?? '', look: LOOKS[at] ?? 'code' }]
    },
    (rest) => [{ text: rest }],
  )

function between(
  text: string,
  found: RegExp,
  part: (match: RegExpExecArray) => TextPart[],
  rest: (text: string) => TextPart[],
): TextPart[] {
  const parts: TextPart[] = []
  let end = 0
  for (const match of text.matchAll(found)) {
    if (match.index > end) parts.push(...rest(text.slice(end, match.index)))
    parts.push(...part(match))
    end = match.index + match[0].length
  }
  if (end < text.length) parts.push(...rest(text.slice(end)))
  return parts
}

/** One to three emoji and nothing else: these are shown large. */
export const isEmojiAlone = (text: string): boolean =>
  /^(?:(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\uFE0F|\u200D|\u20E3)+)$/u.test(text) &&
  [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].length <= 3
