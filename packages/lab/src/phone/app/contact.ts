import type { Contact, Message } from '../../domain/types.ts'
import { act } from './api.ts'
import type { AccountView, LabState } from './api.ts'
import { bubbles } from './bubbles.ts'
import { composer } from './composer.ts'
import { button, field, h, part, show } from './dom.ts'
import { phone } from './frame.ts'
import { quoting } from './quoting.ts'
import { remember, remembered } from './remember.ts'
import { explain } from './texts.ts'
import type { Texts } from './texts.ts'

type View = { element: HTMLElement; update(state: LabState, account: AccountView | null): Promise<void> }

/** The phone of somebody who writes to the number. */
export const contact = (t: Texts, language: string): View => {
  let account: AccountView | null = null
  let person: Contact | null = null
  let people: Contact[] = []

  const choice = h('select', { testid: 'contact-select', attributes: { 'aria-label': t.contactPhone } })
  const renderChoice = part<[string, string][]>(choice, (list) =>
    list.map(([phoneNumber, name]) => h('option', { text: `${name} · ${phoneNumber}`, attributes: { value: phoneNumber } })),
  )
  choice.addEventListener('change', () => {
    remember('contact', choice.value)
    quoted.choose(null)
    void refresh()
  })

  const phoneField = field('contact-phone', t.phoneField, { inputmode: 'numeric' })
  const nameField = field('contact-name', t.nameField)
  const lid = h('input', { testid: 'contact-lid', attributes: { type: 'checkbox' } })
  const note = h('p', { testid: 'contact-note', class: 'note wrong', attributes: { role: 'status' } })
  const create = async (): Promise<void> => {
    note.textContent = ''
    try {
      const digits = phoneField.value.replaceAll(/\D/g, '')
      await act('createContact', { phone: digits, name: nameField.value.trim() || digits, addressing: lid.checked ? 'lid' : 'pn' })
      remember('contact', digits)
      phoneField.value = nameField.value = ''
      form.hidden = true
    } catch (error) {
      note.textContent = explain(t, error)
    }
  }
  const form = h(
    'div',
    { class: 'stack form' },
    phoneField,
    nameField,
    h('label', { class: 'check' }, lid, h('span', { text: t.useLid })),
    note,
    h(
      'div',
      { class: 'actions' },
      button('contact-create', t.create, () => void create(), 'primary'),
      button('contact-cancel', t.cancel, () => show(form, false)),
    ),
  )
  form.hidden = true

  const online = h('input', { testid: 'contact-offline', attributes: { type: 'checkbox', 'aria-label': t.airplane } })
  online.addEventListener('change', () => void act('updateContact', { phone: person?.phone, online: !online.checked }))
  const quoted = quoting('contact', t)
  const history = bubbles('contact-messages', 'contact', t, language, {
    onReply: quoted.choose,
    act: (name, { id }, more) => act(name, { account: account?.number, contact: person?.phone, id, ...more }),
  })
  const title = h('b', { testid: 'contact-chat-title' })
  const initial = h('span', { class: 'avatar' })
  const presence = h('small', { testid: 'bot-state' })
  const write = composer({
    prefix: 'contact',
    t,
    quoting: quoted,
    send: (said) => act('sendFromContact', { account: account?.number, contact: person?.phone, ...said }),
    typing: (state) => void act('typing', { account: account?.number, contact: person?.phone, state }),
  })
  const chatPane = h(
    'div',
    { class: 'chat' },
    h('div', { class: 'bar' }, initial, h('span', { class: 'grow' }, title, presence)),
    history.element,
    write,
  )
  const empty = h('p', { class: 'empty', text: t.pickContact })
  const frame = phone('contact', t.contactPhone, h('label', { class: 'check' }, online, h('span', { text: `✈ ${t.airplane}` })))
  const picker = h(
    'div',
    { class: 'bar picker' },
    choice,
    button('contact-new', `+ ${t.newContact}`, () => show(form, form.hidden === true)),
  )
  frame.screen.append(picker, form, empty, chatPane)

  let chatStates: LabState['chatStates'] = {}
  const refresh = async (): Promise<void> => {
    renderChoice(people.map((one) => [one.phone, one.name]))
    person = people.find((one) => one.phone === remembered('contact')) ?? people[0] ?? null
    show(choice, person !== null)
    show(chatPane, person !== null && account !== null)
    show(empty, person === null || account === null)
    if (!person || !account) return
    choice.value = person.phone
    frame.subtitle.textContent = `${person.name} · ${person.phone}${person.addressing === 'lid' ? ' · LID' : ''}`
    online.checked = !person.online
    title.textContent = account.name
    initial.textContent = account.name.slice(0, 1).toUpperCase()
    const state = chatStates[`${account.number} ${person.phone}`]?.state
    const busy = state === 'typing' || state === 'recording'
    presence.textContent = busy ? t[state] : account.devices.some((one) => one.connected) || account.phoneOnline ? t.online : t.offline
    presence.dataset['state'] = state ?? 'paused'
    // What waits at the server has not come to a phone without a network.
    const all = await act<Message[]>('messages', { account: account.number, contact: person.phone })
    const seen = all.filter((one) => !one.fromMe || one.ack >= 2)
    history.update(seen)
    if (person.online && seen.some((one) => one.fromMe && one.ack < 3))
      await act('readByContact', { account: account.number, contact: person.phone })
  }
  return {
    element: frame.element,
    update: async (state, chosen) => {
      people = state.contacts
      account = chosen
      chatStates = state.chatStates
      await refresh()
    },
  }
}
