import type { Message } from '../../domain/types.ts'
import { button, h, part } from './dom.ts'
import { explain } from './texts.ts'
import type { Texts } from './texts.ts'
import { contentOf } from './words.ts'

/** `me`: whose phone this is. */
export type Side = 'owner' | 'contact'

const ticks = (ack: number): string => (ack < 0 ? '!' : ack === 0 ? '…' : ack === 1 ? '✓' : '✓✓')

const time = (t: number, language: string): string =>
  new Date(t * 1000).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' })

const mediaOf = (message: Message, t: Texts): HTMLElement | null => {
  if (!message.media) return null
  const source = `/api/media/${message.media.id}`
  if (message.type === 'image' || message.type === 'sticker')
    return h('img', { testid: 'picture', attributes: { src: source, alt: t.picture } })
  if (message.type === 'ptt' || message.type === 'audio')
    return h('audio', { attributes: { src: source, controls: '', 'aria-label': t.voice } })
  if (message.type === 'video') return h('video', { attributes: { src: source, controls: '' } })
  return h('a', {
    class: 'file',
    text: message.media.filename ?? t.file,
    attributes: { href: source, download: message.media.filename ?? 'file' },
  })
}

/** What can be done to a message; `mine` may be edited and deleted too. */
export type Deeds = (name: 'react' | 'edit' | 'revoke', message: Message, more: object) => Promise<unknown>

const reactionsOf = (message: Message): string =>
  (message.reactions ?? [])
    .filter((one) => one.emoji !== '')
    .map((one) => one.emoji)
    .join(' ')

const menu = (message: Message, side: Side, mine: boolean, t: Texts, act: Deeds, opened: Set<string>): HTMLElement | null => {
  if (message.type === 'revoked') return null
  const own = message.reactions?.find((one) => one.fromMe === (side === 'owner'))?.emoji ?? ''
  const emoji = h('input', {
    testid: 'react-emoji',
    class: 'emoji',
    attributes: { value: own === '' ? '👍' : own, 'aria-label': t.react, size: '2' },
  })
  const note = h('span', { testid: 'change-note', class: 'wrong', attributes: { role: 'status' } })
  const attempt = (name: Parameters<Deeds>[0], more: object): void => {
    act(name, message, more).catch((error: unknown) => {
      note.textContent = explain(t, error)
    })
  }
  const bar = h(
    'span',
    { class: 'deeds' },
    emoji,
    button('react', t.react, () => attempt('react', { emoji: emoji.value.trim() })),
  )
  if (own !== '') bar.append(button('unreact', t.unreact, () => attempt('react', { emoji: '' })))
  if (mine && message.type === 'chat') {
    const text = h('input', { testid: 'edit-text', attributes: { value: message.body, 'aria-label': t.edit } })
    bar.append(
      text,
      button('edit', t.edit, () => attempt('edit', { body: text.value })),
    )
  }
  if (mine) bar.append(button('revoke', t.revoke, () => attempt('revoke', {})))
  bar.append(note)
  const details = h(
    'details',
    { class: 'menu', attributes: {} },
    h('summary', { testid: 'message-menu', text: '⋯', attributes: { 'aria-label': t.more } }),
    bar,
  )
  // A tick redraws the bubble: what somebody has opened stays so.
  details.open = opened.has(message.id)
  details.addEventListener('toggle', () => void (details.open ? opened.add(message.id) : opened.delete(message.id)))
  return details
}

type OnReply = (message: Message) => void
/** What can be done from a bubble. */
type Doing = { act: Deeds; onReply: OnReply; opened: Set<string> }

const bubble = (message: Message, side: Side, t: Texts, language: string, { act, onReply, opened }: Doing): HTMLElement => {
  const mine = message.fromMe === (side === 'owner')
  const foot = h(
    'span',
    { class: 'foot' },
    message.editedAt === undefined || message.type === 'revoked' ? null : h('i', { testid: 'edited', text: t.edited }),
    h('time', { text: time(message.t, language) }),
  )
  if (mine) foot.append(h('span', { testid: 'tick', class: message.ack >= 3 ? 'tick read' : 'tick', text: ticks(message.ack) }))
  const reply = button('reply', '↩', () => onReply(message), 'reply')
  reply.setAttribute('aria-label', t.reply)
  foot.append(reply)
  return h(
    'li',
    {
      testid: 'message',
      class: mine ? 'bubble mine' : 'bubble',
      data: { id: message.id, from: mine ? 'me' : 'them', ack: String(message.ack), type: message.type, copies: String(message.copies) },
    },
    message.author !== null && !mine ? h('strong', { class: 'author', text: message.name }) : null,
    message.quoted ? h('blockquote', { testid: 'quoted', text: message.quoted.body }) : null,
    mediaOf(message, t),
    message.type === 'revoked' ? null : contentOf(message.content, t),
    message.type === 'revoked'
      ? h('i', { class: 'body', testid: 'revoked', text: t.revoked })
      : message.body === ''
        ? null
        : h('span', { class: 'body', text: message.body }),
    reactionsOf(message) === '' ? null : h('span', { class: 'reactions', testid: 'reactions', text: reactionsOf(message) }),
    foot,
    menu(message, side, mine, t, act, opened),
  )
}

/** The list of bubbles; stays at its end when new ones come. */
export const bubbles = (
  testid: string,
  side: Side,
  t: Texts,
  language: string,
  { act, onReply }: Pick<Doing, 'act' | 'onReply'>,
): { element: HTMLElement; update(messages: Message[]): void } => {
  const opened = new Set<string>()
  const list = h('ul', { testid, class: 'bubbles', attributes: { 'aria-live': 'polite' } })
  const render = part<Message[]>(list, (messages) =>
    messages.flatMap((message) =>
      Array.from({ length: message.fromMe && side === 'contact' ? message.copies : 1 }, () =>
        bubble(message, side, t, language, { act, onReply, opened }),
      ),
    ),
  )
  return {
    element: list,
    update: (messages) => {
      if (render(messages)) list.scrollTop = list.scrollHeight
    },
  }
}
