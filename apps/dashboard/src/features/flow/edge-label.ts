import { MatchOperator } from '@zaptria/contract'
import type { z } from 'zod'
import { formatSpan } from '../../format/time.ts'
import type { Language } from '../../i18n/language.ts'
import type { Translate } from '../../i18n/use-t.ts'
import type { Edge } from './edges.ts'

type Words = { t: Translate; language: Language }

/** Minutes as people say them; '' where none are written. */
export const spanOf = (minutes: unknown, language: Language): string =>
  typeof minutes === 'number' ? formatSpan(minutes * 60, language) : ''

/** What has to happen for a node to be left this way; '' where nothing has to. */
export function edgeLabel(edge: Edge, node: Record<string, unknown>, { t, language }: Words): string {
  switch (edge.kind) {
    case 'option':
      return `${edge.at}. ${edge.label}`
    case 'case': {
      const operator = MatchOperator.safeParse(edge.operator)
      return operator.success ? matchWords(operator.data, edge.value, t) : edge.value
    }
    case 'next':
      return node['type'] === 'wait' ? t('flow.edge.after', { span: spanOf(node['minutes'], language) }) : ''
    case 'on_timeout':
      return t('flow.edge.timeout', { span: spanOf(node['timeout_minutes'], language) })
    case 'on_invalid':
      return t('flow.edge.invalid')
    case 'on_answer':
      return t('flow.edge.answer')
    case 'otherwise':
      return t('flow.edge.otherwise')
    default:
      return edge satisfies never
  }
}

export const matchWords = (operator: z.infer<typeof MatchOperator>, value: string, t: Translate): string =>
  t(`flow.match.${operator}`, { value })
