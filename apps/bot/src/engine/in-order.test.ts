import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inOrder } from './in-order.ts'

type One = { at: number; chat: number }
const before = (one: One, other: One): boolean => one.at < other.at

describe('one contact’s chats', () => {
  it.each<[string, One[][], string[]]>([
    ['none', [], []],
    ['an empty one', [[]], []],
    [
      'alone',
      [
        [
          { at: 2, chat: 0 },
          { at: 5, chat: 0 },
        ],
      ],
      ['2/0', '5/0'],
    ],
    ['one after the other', [[{ at: 3, chat: 0 }], [{ at: 1, chat: 1 }]], ['1/1', '3/0']],
    [
      'in turn',
      [
        [
          { at: 1, chat: 0 },
          { at: 4, chat: 0 },
        ],
        [
          { at: 2, chat: 1 },
          { at: 5, chat: 1 },
        ],
      ],
      ['1/0', '2/1', '4/0', '5/1'],
    ],
    [
      'of one moment: as they were given',
      [
        [
          { at: 1, chat: 0 },
          { at: 1, chat: 0 },
        ],
        [{ at: 1, chat: 1 }],
      ],
      ['1/0', '1/0', '1/1'],
    ],
  ])('%s', (_, chats, expected) => {
    expect(inOrder(chats, before).map(({ at, chat }) => `${at}/${chat}`)).toEqual(expected)
  })

  it('keep each its own order and lose nothing, whatever is said of two messages', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(9)), { maxLength: 3 }), fc.func(fc.boolean()), (times, says) => {
        const chats = times.map((all, chat) => all.map((at, index) => ({ at, chat, index })))
        const merged = inOrder(chats, (one, other) => says(one.at, other.at))
        expect(chats.map((_, chat) => merged.filter((one) => one.chat === chat))).toEqual(chats)
      }),
    )
  })
})
