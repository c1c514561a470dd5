import type { Message } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import { byDay } from './by-day.ts'

const message = (at: string) => ({ at }) as Message

describe('messages by day', () => {
  it('keeps their order and starts a heading where the day changes', () => {
    const days = byDay(['2026-11-23T10:00:00Z', '2026-11-23T11:00:00Z', '2026-11-24T09:00:00Z'].map(message), (at) =>
      at.toISOString().slice(8, 10),
    )
    expect(days.map(({ heading, messages }) => [heading, messages.length])).toEqual([
      ['23', 2],
      ['24', 1],
    ])
  })
})
