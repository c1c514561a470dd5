import { describe, expect, it } from 'vitest'
import { MessageSend } from './conversations.ts'
import { contentToSend, nameInVcard, phonesInVcard, textOfContent, vcardOf } from './content.ts'
import { MessageEvent } from './events.ts'
import { SeedIncoming } from './seed.ts'

const CARD = [
  'BEGIN:VCARD',
  'VERSION:3.0',
  'N:Souza;Ana;;;',
  'FN:Ana Sou',
  ' za\\, Dra.',
  'item1.TEL;waid=5511911112222:+55 11 91111-2222',
  'TEL:190',
  'END:VCARD',
].join('\r\n')

describe('a vCard', () => {
  it('says whose it is and the numbers, also where a line is folded', () => {
    expect(nameInVcard(CARD)).toBe('Ana Souza, Dra.')
    expect(phonesInVcard(CARD)).toEqual(['+55 11 91111-2222', '190'])
    expect(nameInVcard('BEGIN:VCARD\nEND:VCARD')).toBe('')
  })

  it.each(['Ana', 'Célia; Dentista, São Paulo', String.raw`C:\Ana`])('is made of a name and a number, and says them again: %s', (name) => {
    const card = vcardOf({ name, phone: '+5511911112222' })
    expect([nameInVcard(card), phonesInVcard(card)]).toEqual([name, ['+5511911112222']])
    expect(card).toContain('waid=5511911112222:')
  })

  it('takes no further lines from a name', () => {
    expect(vcardOf({ name: 'Ana\nTEL:190', phone: '5511911112222' }).split('\n')).toHaveLength(6)
  })
})

describe('content to send', () => {
  it.each<[what: string, body: unknown, text: string]>([
    ['a place', { type: 'location', latitude: -90, longitude: 180, name: 'Loja', address: 'Rua A' }, 'Loja\nRua A'],
    ['a bare place', { type: 'location', latitude: 0, longitude: 0 }, ''],
    ['cards', { type: 'contact', contacts: [{ vcard: CARD }, { name: 'Bia', phone: '5511922223333' }] }, 'Ana Souza, Dra., Bia'],
    ['a poll', { type: 'poll', question: 'Que dia?', options: ['a', 'b'], max_choices: 2 }, 'Que dia?'],
  ])('is taken, and has words: %s', (_, body, text) => {
    const asked = MessageSend.parse(body)
    if (!('latitude' in asked) && !('contacts' in asked) && !('question' in asked)) throw new Error('it is taken for something else')
    expect(textOfContent(contentToSend(asked))).toBe(text)
  })

  it('lets people choose one option of a poll unless it is said', () => {
    expect(contentToSend(MessageSend.parse({ type: 'poll', question: 'q', options: ['a', 'b'] }) as never)).toMatchObject({
      max_choices: 1,
    })
  })

  it.each<[what: string, body: unknown, path: string]>([
    ['a place beyond the poles', { type: 'location', latitude: 91, longitude: 0 }, 'latitude'],
    ['a place of words', { type: 'location', latitude: '1', longitude: 0 }, 'latitude'],
    ['no card', { type: 'contact', contacts: [] }, 'contacts'],
    ['a card that is none', { type: 'contact', contacts: [{ vcard: 'Ana' }] }, 'contacts.0.vcard'],
    ['a card with a name of spaces', { type: 'contact', contacts: [{ name: ' ', phone: '5511911112222' }] }, 'contacts.0.name'],
    [
      'a card too many',
      { type: 'contact', contacts: Array.from({ length: 51 }, () => ({ name: 'A', phone: '5511911112222' })) },
      'contacts',
    ],
    ['one option', { type: 'poll', question: 'q', options: ['a'] }, 'options'],
    ['13 options', { type: 'poll', question: 'q', options: Array.from({ length: 13 }, (_, n) => `${n}`) }, 'options'],
    ['an option twice', { type: 'poll', question: 'q', options: ['a', ' a'] }, 'options'],
    ['more choices than options', { type: 'poll', question: 'q', options: ['a', 'b'], max_choices: 3 }, 'max_choices'],
    ['two cards in one', { type: 'contact', contacts: [{ vcard: `${CARD}\n${CARD}` }] }, 'contacts.0.vcard'],
    ['a caption of a sticker', { type: 'sticker', media_id: crypto.randomUUID(), caption: 'x' }, 'caption'],
    ['a caption of a voice', { type: 'audio', media_id: crypto.randomUUID(), caption: 'x' }, 'caption'],
    ['words that nobody sees', { type: 'text', body: '\u200B\u2060 \u3164' }, 'body'],
    ['no choice', { type: 'poll', question: 'q', options: ['a', 'b'], max_choices: 0 }, 'max_choices'],
    ['a text in a poll', { type: 'poll', question: 'q', options: ['a', 'b'], body: 'x' }, ''],
  ])('is refused where it is wrong: %s', (_, body, path) => {
    expect(MessageSend.safeParse(body).error?.issues.map((issue) => issue.path.join('.'))).toContain(path)
  })
})

describe('content that is reported', () => {
  const event = {
    kind: 'message',
    wa_id: 'A',
    chat_id: '1@c.us',
    from_me: false,
    sender: '1@c.us',
    phone: null,
    lid: null,
    body: 'b',
    timestamp: 1,
    type: 'x',
  }
  const incoming = { from: '5511911112222@c.us', body: 'b', timestamp: 1, type: 'x' }
  const content = { kind: 'poll', question: 'q', options: ['a', 'b'], max_choices: 1 }

  it('is left out, and the message taken, where only a newer side knows it', () => {
    for (const newer of [{ kind: 'event', starts_at: 1 }, { kind: 'list' }]) {
      expect(MessageEvent.parse({ ...event, content: newer })).toEqual(event)
      expect(SeedIncoming.parse({ ...incoming, content: newer }).content).toBeUndefined()
    }
    expect(MessageEvent.parse({ ...event, content: { ...content, new: 1 } }).content).toEqual(content)
    expect(SeedIncoming.parse({ ...incoming, content: { ...content, new: 1 } }).content).toEqual(content)
  })

  it('is a mistake that a foreign bot is told of, and costs our own no message', () => {
    const wrong = { kind: 'location', latitude: 'north' }
    expect(SeedIncoming.safeParse({ ...incoming, content: wrong }).success).toBe(false)
    expect(MessageEvent.parse({ ...event, content: wrong }).content).toBeUndefined()
  })
})
