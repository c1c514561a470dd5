/** The longest text that WhatsApp takes, and so the longest reply. UTF-16 units. */
export const MAX_REPLY = 65_536
/** A variable holds at most this: `set x = {{x}}{{x}}` in a loop must not grow a run without end. */
export const MAX_VARIABLE = 4096

/** Equal for people: case, accents, width, and runs of white space do not count. */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/[\p{Mn}\p{Cf}]/gu, '')
    .toLowerCase()
    .replaceAll(/\s+/gu, ' ')
    .trim()
}

const VARIABLE = /\{\{\s*([a-z][a-z0-9_]{0,63})\s*\}\}/g

/** Replaces `{{name}}`; unknown names read as ''. What a variable holds is not looked into again. */
export function render(template: string, lookup: (name: string) => string): string {
  return template.replaceAll(VARIABLE, (_, name: string) => lookup(name))
}

/** The variables that a text names, and what stands between double braces and is none: that is said as it is written. */
export function namesIn(template: string): { names: string[]; others: string[] } {
  const names = [...template.matchAll(VARIABLE)].flatMap(([, name]) => name ?? [])
  const others = [...template.replaceAll(VARIABLE, '').matchAll(/\{\{([^{}\n]*)\}\}/g)].flatMap(([, other]) => other ?? [])
  return { names, others }
}

/** At most `max` UTF-16 units, never ending in half a surrogate pair (PostgreSQL refuses those in JSON). */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text
  return text.slice(0, /[\uD800-\uDBFF]/.test(text.charAt(max - 1)) ? max - 1 : max)
}

/** As `clip`, so that people see that there was more. */
export const shorten = (text: string, max: number): string => (text.length <= max ? text : `${clip(text, max - 1)}…`)

/** The number that an answer to a menu means: `2`, `2.`, `(2)`, `02`, `2️⃣`; null when it is something else. */
export function menuNumber(answer: string): number | null {
  const digits = /^[^\p{L}\p{N}]*0*(\d{1,3})[^\p{L}\p{N}]*$/u.exec(answer.normalize('NFKC'))?.[1]
  return digits === undefined ? null : Number(digits)
}
