import {
  Braces,
  CircleQuestionMark,
  Flag,
  Headset,
  Hourglass,
  ListOrdered,
  MessageCircleQuestionMark,
  MessageSquareText,
  Split,
  type LucideIcon,
} from 'lucide-react'
import { createElement } from 'react'
import { textOf, type Translate } from '../../i18n/use-t.ts'

const ICONS: Record<string, LucideIcon> = {
  text: MessageSquareText,
  menu: ListOrdered,
  ask: MessageCircleQuestionMark,
  condition: Split,
  set: Braces,
  wait: Hourglass,
  handover: Headset,
  end: Flag,
}

/** What a node of this type does, in a word or two; the type itself where it is none that we know. */
export function kindName(type: string, t: Translate): string {
  const id = `flow.kind.${type}`
  return textOf(t, id) ?? type
}

export function KindIcon({ type, className }: { type: string; className?: string }) {
  const icon = Object.hasOwn(ICONS, type) ? ICONS[type] : undefined
  return createElement(icon ?? CircleQuestionMark, { className, 'aria-hidden': true })
}
