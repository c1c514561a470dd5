import { textOf, type Translate } from '../../../i18n/use-t.ts'

/** What a field of a flow, or a type of node, is for; null for names that are the flow's own. */
export function fieldHelp(name: string, t: Translate): string | null {
  const id = `flow.field.${name}`
  return textOf(t, id)
}
