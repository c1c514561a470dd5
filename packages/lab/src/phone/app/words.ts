import type { Content, Message } from '../../domain/types.ts'
import { h } from './dom.ts'
import type { Texts } from './texts.ts'

/** A message in one line. */
export const wordsOf = ({ body, content, media }: Pick<Message, 'body' | 'content' | 'media'>, t: Texts): string => {
  if (content === null || content === undefined) return `${media ? '▣ ' : ''}${body}`
  switch (content.kind) {
    case 'location':
      return `📍 ${content.name ?? t.place}`
    case 'contacts':
      return `👤 ${content.contacts.map(({ name }) => name).join(', ')}`
    case 'poll':
      return `📊 ${content.question}`
    default:
      return content satisfies never
  }
}

/** A place, cards or a poll inside a bubble. */
export const contentOf = (content: Content | null | undefined, t: Texts): HTMLElement | null => {
  if (content === null || content === undefined) return null
  switch (content.kind) {
    case 'location':
      return h(
        'div',
        { testid: 'location', class: 'content' },
        h('b', { text: `📍 ${content.name ?? t.place}` }),
        content.address === undefined ? null : h('span', { text: content.address }),
        h('small', { text: `${content.latitude}, ${content.longitude}` }),
      )
    case 'contacts':
      return h(
        'div',
        { class: 'content' },
        ...content.contacts.map(({ name, vcard }) => {
          const phone = /^(?:[\w-]+\.)?TEL[^:]*:(.*)$/im.exec(vcard)?.[1]?.trim() ?? ''
          return h('span', { testid: 'card' }, h('b', { text: `👤 ${name}` }), h('small', { text: ` ${phone}` }))
        }),
      )
    case 'poll':
      return h(
        'div',
        { testid: 'poll', class: 'content' },
        h('b', { text: `📊 ${content.question}` }),
        h('ul', {}, ...content.options.map((option) => h('li', { text: option }))),
      )
    default:
      return content satisfies never
  }
}

/** Something to send where nothing of the kind is at hand. */
export const samples = (t: Texts): [name: string, mark: string, label: string, content: Content][] => [
  [
    'location',
    '📍',
    t.sendPlace,
    { kind: 'location', latitude: -23.561_414, longitude: -46.655_881, name: 'MASP', address: 'Av. Paulista, 1578' },
  ],
  [
    'card',
    '👤',
    t.sendCard,
    {
      kind: 'contacts',
      contacts: [
        { name: 'Dona Lu', vcard: 'BEGIN:VCARD\nVERSION:3.0\nFN:Dona Lu\nTEL;type=CELL;waid=5511966665555:+5511966665555\nEND:VCARD' },
      ],
    },
  ],
  ['poll', '📊', t.sendPoll, { kind: 'poll', question: t.pollQuestion, options: [t.yes, t.no], max_choices: 1 }],
]
