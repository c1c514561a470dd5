import { BotEventBody, type MessageContent } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import type { EngineMessage } from '../engine/port.ts'
import { messageEvent } from './translate.ts'

const message = (more: Partial<EngineMessage>): EngineMessage => ({
  waId: 'A',
  chatId: '5511988887777@c.us',
  fromMe: false,
  sender: '5511988887777@c.us',
  phone: null,
  lid: null,
  body: 'oi',
  timestamp: 1_790_000_000,
  type: 'chat',
  ...more,
})

describe('a message of the engine', () => {
  it.each<[string, Partial<EngineMessage>]>([
    ['a very long text', { body: 'x'.repeat(100_000) }],
    ['a text that ends in the middle of an emoji', { body: `${'x'.repeat(65_535)}😀` }],
    ['a time with a fraction', { timestamp: 1_790_000_000.7 }],
    ['a very long name', { pushName: '😀'.repeat(400) }],
    ['an empty quote', { quoted: '' }],
    ['an id that is too long', { waId: 'L'.repeat(257), quoted: 'M'.repeat(257) }],
    ['a file of a type that is too long', { media: { mimetype: `application/${'x'.repeat(400)}`, filename: `${'n'.repeat(511)}😀` } }],
    [
      'a long place',
      { body: '', content: { kind: 'location', latitude: 1, longitude: 2, name: '😀'.repeat(900), address: 'x'.repeat(5_000) } },
    ],
    ['a place nowhere', { content: { kind: 'location', latitude: 900, longitude: 2 } }],
    [
      'a hundred large cards',
      { body: '', content: { kind: 'contacts', contacts: Array.from({ length: 100 }, () => ({ name: '', vcard: 'x'.repeat(20_000) })) } },
    ],
    ['no card', { content: { kind: 'contacts', contacts: [] } }],
    [
      'a huge poll',
      {
        body: '',
        content: { kind: 'poll', question: 'q'.repeat(2_000), options: Array.from({ length: 40 }, () => 'o'.repeat(999)), max_choices: 40 },
      },
    ],
  ])('fits the contract, whatever is in it: %s', (_what, more) => {
    const event = messageEvent(message(more))
    expect(BotEventBody.safeParse(event).error).toBeUndefined()
    expect(event.body.isWellFormed()).toBe(true)
    expect((event.push_name ?? '').isWellFormed()).toBe(true)
  })

  it('keeps its content, and says it in words', () => {
    const vcard = 'BEGIN:VCARD\nFN:Bia\nEND:VCARD'
    const content: MessageContent = { kind: 'contacts', contacts: [{ name: '', vcard }] }
    expect(messageEvent(message({ body: '', type: 'vcard', content }))).toMatchObject({
      body: 'Bia',
      content: { kind: 'contacts', contacts: [{ name: 'Bia', vcard }] },
    })
    expect(messageEvent(message({ content: { kind: 'location', latitude: 900, longitude: 0 } }))).toEqual(messageEvent(message({})))
  })
})
