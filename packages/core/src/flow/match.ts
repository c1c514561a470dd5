import type { z } from 'zod'
import type { MatchOperator } from '@zaptria/contract'
import { cachedRegex } from './regex/regex.ts'
import { fold } from './text.ts'

/** Whether `text` is what `value` asks for. All but `regex` ignore case, accents and spacing. */
export function matches(operator: z.infer<typeof MatchOperator>, value: string, text: string): boolean {
  switch (operator) {
    case 'equals':
      return fold(text) === fold(value)
    case 'contains':
      return fold(text).includes(fold(value))
    case 'starts_with':
      return fold(text).startsWith(fold(value))
    case 'ends_with':
      return fold(text).endsWith(fold(value))
    case 'regex': {
      const compiled = cachedRegex(value)
      return compiled.ok && compiled.regex.test(text)
    }
    default:
      return operator satisfies never
  }
}
