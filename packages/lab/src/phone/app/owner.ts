import type { Message } from '../../domain/types.ts'
import { act } from './api.ts'
import type { AccountView, ChatView, LabState } from './api.ts'
import { bubbles } from './bubbles.ts'
import { composer } from './composer.ts'
import { devices } from './devices.ts'
import { button, h, part, show } from './dom.ts'
import { phone } from './frame.ts'
import { quoting } from './quoting.ts'
import type { Texts } from './texts.ts'
import { wordsOf } from './words.ts'

type View = { element: HTMLElement; update(state: LabState, account: AccountView | null): Promise<void> }

/** The phone of the tenant: its chats, answers by hand, linked devices, airplane mode. */
export const owner = (t: Texts, language: string): View => {
  let account: AccountView | null = null
  let open: string | null = null
  let tab: 'chats' | 'devices' = 'devices'

  const link = devices(t, language)
  const quoted = quoting('owner', t)
  const history = bubbles('owner-messages', 'owner', t, language, {
    onReply: quoted.choose,
    act: (name, { id }, more) => act(name, { account: account?.number, chat: open, id, ...more }),
  })
  const title = h('b', { testid: 'owner-chat-title' })
  const write = composer({
    prefix: 'owner',
    t,
    quoting: quoted,
    send: (said) => act('sendFromPhone', { account: account?.number, chat: open, ...said }),
  })
  const list = h('ul', { class: 'list chats' })
  const openChat = async (chat: string | null): Promise<void> => {
    open = chat
    quoted.choose(null)
    await refresh()
  }
  const renderList = part<ChatView[]>(list, (chats) =>
    chats.length === 0
      ? [h('li', { class: 'empty', text: t.noChats })]
      : chats.map((chat) =>
          h(
            'li',
            {
              testid: 'owner-chat',
              class: 'row',
              data: { chat: chat.chat, contact: chat.contact ?? '' },
              attributes: { tabindex: '0', role: 'button' },
              on: { click: () => void openChat(chat.chat) },
            },
            h('span', { class: 'avatar', text: chat.name.slice(0, 1).toUpperCase() }),
            h('span', { class: 'grow' }, h('b', { text: chat.name }), h('small', { text: preview(chat.last, t) })),
            chat.unread > 0
              ? h('span', {
                  testid: 'owner-unread',
                  class: 'badge',
                  text: String(chat.unread),
                  attributes: { 'aria-label': `${chat.unread} ${t.unread}` },
                })
              : null,
          ),
        ),
  )

  const tabs = h('nav', { class: 'tabs' })
  const choose = (next: typeof tab): void => {
    tab = next
    void refresh()
  }
  const tabChats = button('owner-tab-chats', t.chats, () => choose('chats'))
  const tabDevices = button('owner-tab-devices', t.devices, () => choose('devices'))
  tabs.append(tabChats, tabDevices)
  const chatPane = h(
    'div',
    { class: 'chat' },
    h(
      'div',
      { class: 'bar' },
      button('owner-back', '‹', () => void openChat(null), 'back'),
      title,
    ),
    history.element,
    write,
  )
  const empty = h('p', { class: 'empty', text: t.pickAccount })
  const airplane = h('input', { testid: 'owner-offline', attributes: { type: 'checkbox', 'aria-label': t.airplane } })
  airplane.addEventListener('change', () => void act('setPhoneOnline', { account: account?.number, online: !airplane.checked }))
  const frame = phone('owner', t.ownerPhone, h('label', { class: 'check' }, airplane, h('span', { text: `✈ ${t.airplane}` })))
  frame.screen.append(empty, tabs, list, link.element, chatPane)

  let state: LabState | null = null
  const refresh = async (): Promise<void> => {
    const current = account
    show(empty, current === null)
    show(tabs, current !== null && open === null)
    show(list, current !== null && open === null && tab === 'chats')
    show(link.element, current !== null && open === null && tab === 'devices')
    show(chatPane, current !== null && open !== null)
    tabChats.setAttribute('aria-pressed', String(tab === 'chats'))
    tabDevices.setAttribute('aria-pressed', String(tab === 'devices'))
    if (!current || !state) return
    frame.subtitle.textContent = `${current.name} · ${current.number}`
    airplane.checked = !current.phoneOnline
    link.update(current, state.waiting)
    renderList(current.chats.filter((chat) => chat.last !== null).toSorted((a, b) => (b.last?.seq ?? 0) - (a.last?.seq ?? 0)))
    const chat = current.chats.find((one) => one.chat === open)
    if (!chat) return
    title.textContent = chat.name
    history.update(await act<Message[]>('messages', { account: current.number, chat: chat.chat }))
    if (chat.unread > 0 && current.phoneOnline) await act('readOnPhone', { account: current.number, chat: chat.chat })
  }
  return {
    element: frame.element,
    update: async (now, chosen) => {
      if (chosen?.number !== account?.number) open = null
      state = now
      account = chosen
      await refresh()
    },
  }
}

const preview = (last: Message | null, t: Texts): string => (last ? `${last.fromMe ? '✓ ' : ''}${wordsOf(last, t)}` : '')
