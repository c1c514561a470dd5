import { BotEventBody } from '@zaptria/contract'
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
  ])('fits the contract, whatever is in it: %s', (_what, more) => {
    const event = messageEvent(message(more))
    expect(BotEventBody.safeParse(event).error).toBeUndefined()
    expect(event.body.isWellFormed()).toBe(true)
    expect((event.push_name ?? '').isWellFormed()).toBe(true)
  })
})
