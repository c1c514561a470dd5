import { describe, expect, it } from 'vitest'
import type { KeyLookup } from '../engine/port.ts'
import type { Send } from '../outbox/sends.ts'
import { settle } from './settle.ts'

const send = (pairing: number | null): Send => ({
  position: 1,
  messageId: 'm',
  waId: 'k',
  chatId: 'c@c.us',
  aliasChatId: null,
  file: null,
  card: null,
  quoted: null,
  body: '',
  priority: 0,
  attempt: 2,
  local: false,
  state: 'trying',
  settle: true,
  pairing,
  tries: 1,
  reason: null,
  detail: null,
  expiresAtMs: 0,
})
const found = (ack: number): KeyLookup => ({ found: true, ack, chatId: 'c@c.us' })

describe('settling by key', () => {
  it.each<[string, KeyLookup, number | null, boolean, string, number | null | undefined]>([
    ['on the server', found(1), 3, false, 'done', 1],
    ['read', found(3), null, true, 'done', 3],
    ['pending in the page', found(0), 3, false, 'done', null],
    ['failed in the page', found(-1), 3, false, 'send', undefined],
    ['absent, tried under this pairing', { found: false }, 3, false, 'send', undefined],
    ['absent, tried under this pairing, on a second volume', { found: false }, 3, true, 'send', undefined],
    ['absent, tried under an earlier pairing', { found: false }, 2, false, 'unknown', undefined],
    ['absent, never tried here, the first volume', { found: false }, null, false, 'send', undefined],
    ['absent, never tried here, perhaps on an earlier volume', { found: false }, null, true, 'unknown', undefined],
  ])('%s', (_what, lookup, pairing, mayHavePredecessor, verdict, ack) => {
    const result = settle(send(pairing), lookup, { pairing: 3, mayHavePredecessor })
    expect(result.do).toBe(verdict)
    if (result.do === 'done') expect(result.ack).toBe(ack)
  })
})
