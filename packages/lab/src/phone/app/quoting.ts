import type { Message } from '../../domain/types.ts'
import { button, h, show } from './dom.ts'
import type { Texts } from './texts.ts'
import { wordsOf } from './words.ts'

/** The message that is being answered, above where the answer is written. */
export type Quoting = { element: HTMLElement; choose: (message: Message | null) => void; id: () => string | undefined }

export const quoting = (prefix: string, t: Texts): Quoting => {
  let chosen: Message | null = null
  const words = h('blockquote', { testid: `${prefix}-quoting`, class: 'grow' })
  const choose = (message: Message | null): void => {
    chosen = message
    words.textContent = message === null ? '' : wordsOf(message, t)
    show(element, message !== null)
  }
  const cancel = button(`${prefix}-quoting-cancel`, '×', () => choose(null), 'back')
  cancel.setAttribute('aria-label', t.cancel)
  const element = h('div', { class: 'quoting' }, words, cancel)
  choose(null)
  return { element, choose, id: () => chosen?.id }
}
