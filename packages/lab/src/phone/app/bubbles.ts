import type { Message } from '../../domain/types.ts'
import { button, h, part } from './dom.ts'
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

type OnReply = (message: Message) => void

const bubble = (message: Message, side: Side, t: Texts, language: string, onReply: OnReply): HTMLElement => {
  const mine = message.fromMe === (side === 'owner')
  const foot = h('span', { class: 'foot' }, h('time', { text: time(message.t, language) }))
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
    contentOf(message.content, t),
    message.body === '' ? null : h('span', { class: 'body', text: message.body }),
    foot,
  )
}

/** The list of bubbles; stays at its end when new ones come. */
export const bubbles = (
  testid: string,
  side: Side,
  t: Texts,
  language: string,
  onReply: OnReply,
): { element: HTMLElement; update(messages: Message[]): void } => {
  const list = h('ul', { testid, class: 'bubbles', attributes: { 'aria-live': 'polite' } })
  const render = part<Message[]>(list, (messages) =>
    messages.flatMap((message) =>
      Array.from({ length: message.fromMe && side === 'contact' ? message.copies : 1 }, () => bubble(message, side, t, language, onReply)),
    ),
  )
  return {
    element: list,
    update: (messages) => {
      if (render(messages)) list.scrollTop = list.scrollHeight
    },
  }
}
