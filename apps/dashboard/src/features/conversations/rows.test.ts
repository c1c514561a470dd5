import type { Message } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import { chatRows } from './rows.ts'

const said = (at: string, change: Partial<Message> = {}) => ({ at, from_me: false, author: 'contact', sender: null, ...change }) as Message
const mine = { from_me: true, author: 'person' } as const

describe('the rows of a chat', () => {
  it('keep the order, and are headed where the day changes', () => {
    const messages = ['2026-11-23T10:00:00', '2026-11-23T11:00:00', '2026-11-24T09:00:00'].map((at) => said(at))
    const rows = chatRows(messages, { isStart: true })
    expect(rows.map(({ message }) => message)).toEqual(messages)
    expect(rows.map(({ startsDay }) => startsDay)).toEqual([true, false, true])
  })

  it('are not headed at the top while more may come above: that would move them', () => {
    expect(chatRows([said('2026-11-23T10:00:00')], { isStart: false })[0]?.startsDay).toBe(false)
    const before = said('2026-11-22T10:00:00')
    expect(chatRows([said('2026-11-23T10:00:00')], { isStart: false, before })[0]?.startsDay).toBe(true)
  })

  it('of one hand in a row belong together, for ten minutes and over the edge of a page', () => {
    const messages = [
      said('2026-11-23T10:00:00'),
      said('2026-11-23T10:01:00'),
      said('2026-11-23T10:02:00', mine),
      said('2026-11-23T10:03:00', { ...mine, author: 'flow' }),
      said('2026-11-23T10:30:00', { ...mine, author: 'flow' }),
    ]
    const after = said('2026-11-23T10:31:00', { ...mine, author: 'flow' })
    expect(chatRows(messages, { isStart: true, after }).map(({ first, last }) => [first, last])).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
      [true, false],
    ])
  })
})
