import { act, follow } from './api.ts'
import type { LabState } from './api.ts'
import { contact } from './contact.ts'
import { h } from './dom.ts'
import { owner } from './owner.ts'
import { remembered } from './remember.ts'
import { texts } from './texts.ts'
import type { Language } from './texts.ts'
import { top } from './top.ts'

const language: Language = remembered('lang') === 'en' ? 'en' : 'pt-BR'
document.documentElement.lang = language
const t = texts[language]

let state: LabState | null = null
const update = async (): Promise<void> => {
  if (!state) return
  const account = bar.update(state.accounts)
  await Promise.all([ownersPhone.update(state, account), contactsPhone.update(state, account)])
}
const bar = top(t, language, () => void update())
const ownersPhone = owner(t, language)
const contactsPhone = contact(t, language)
document.getElementById('app')?.append(bar.element, h('main', {}, ownersPhone.element, contactsPhone.element))

follow(async () => {
  state = await act<LabState>('state')
  await update()
})
