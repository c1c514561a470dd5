/** As people type when they look for something: no accents, no capitals. "Padária" and "padaria" are one. */
export function fold(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
}

/** The words of what was typed. */
export const wordsOf = (typed: string): string[] => fold(typed).split(/\s+/).filter(Boolean)
