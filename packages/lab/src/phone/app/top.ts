import { act } from './api.ts'
import type { AccountView } from './api.ts'
import { button, field, h, part, show } from './dom.ts'
import { remember, remembered } from './remember.ts'
import { explain } from './texts.ts'
import type { Language, Texts } from './texts.ts'

type View = { element: HTMLElement; update(accounts: AccountView[]): AccountView | null }

/** Which number the two phones are about, a new one, the language. */
export const top = (t: Texts, language: Language, changed: () => void): View => {
  const choice = h('select', { testid: 'account-select', attributes: { 'aria-label': t.account } })
  const render = part<[string, string][]>(choice, (list) =>
    list.map(([number, name]) => h('option', { text: `${name} · ${number}`, attributes: { value: number } })),
  )
  choice.addEventListener('change', () => {
    remember('account', choice.value)
    changed()
  })
  const number = field('account-number', t.phoneField, { inputmode: 'numeric' })
  const name = field('account-name', t.nameField)
  const note = h('span', { testid: 'account-note', class: 'note wrong', attributes: { role: 'status' } })
  const create = async (): Promise<void> => {
    note.textContent = ''
    try {
      const digits = number.value.replaceAll(/\D/g, '')
      await act('createAccount', { number: digits, name: name.value.trim() || digits })
      remember('account', digits)
      number.value = name.value = ''
      show(form, false)
      changed()
    } catch (error) {
      note.textContent = explain(t, error)
    }
  }
  const form = h(
    'div',
    { class: 'actions' },
    number,
    name,
    button('account-create', t.create, () => void create(), 'primary'),
    note,
  )
  const other: Language = language === 'en' ? 'pt-BR' : 'en'
  const languageButton = button(language === 'en' ? 'lang-pt' : 'lang-en', language === 'en' ? 'Português' : 'English', () => {
    remember('lang', other)
    location.reload()
  })
  const toggle = button('account-new', `+ ${t.newAccount}`, () => show(form, form.hidden === true))
  const element = h(
    'div',
    { class: 'top' },
    h('h1', { text: 'WhatsApp Lab' }),
    choice,
    toggle,
    form,
    h('span', { class: 'grow' }),
    languageButton,
  )
  let first = true
  return {
    element,
    update: (accounts) => {
      render(accounts.map((one) => [one.number, one.name]))
      const chosen = accounts.find((one) => one.number === remembered('account')) ?? accounts[0] ?? null
      if (first) show(form, chosen === null)
      first = false
      show(choice, chosen !== null)
      if (chosen) choice.value = chosen.number
      return chosen
    },
  }
}
