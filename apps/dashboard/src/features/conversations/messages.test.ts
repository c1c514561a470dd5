import type { Message } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import { onTop, shared, type Messages } from './messages.ts'

const said = (id: number, body = `m${id}`) => ({ id: String(id), body, reactions: [] as object[] }) as unknown as Message
const page = (ids: number[], next: string | null): Messages => ({ items: ids.map((id) => said(id)), next })
const idsOf = ({ items }: Messages) => items.map(({ id }) => Number(id))

describe('the newest messages', () => {
  it('grow by what came, and keep what they had', () => {
    const grown = onTop(page([9, 8, 7, 6], 'before 6'), page([7, 6, 5, 4], 'before 4'))
    expect([idsOf(grown), grown.next]).toEqual([[9, 8, 7, 6, 5, 4], 'before 4'])
  })

  it('are what was fetched where that does not reach what was known, or is all there is', () => {
    expect(idsOf(onTop(page([99, 98], 'before 98'), page([7, 6], 'before 6')))).toEqual([99, 98])
    expect(onTop(page([3, 2], null), page([3, 2, 1], 'x'))).toEqual(page([3, 2], null))
  })

  it('lose what the server has lost', () => {
    expect(idsOf(onTop(page([9, 7, 6], 'before 6'), page([8, 7, 6, 5], 'before 5')))).toEqual([9, 7, 6, 5])
  })

  it('are the same objects where nothing of them changed, wherever they stand', () => {
    const before = page([3, 2, 1], null)
    const now: Messages = { items: [said(4), said(3), said(2, 'edited'), said(1)], next: null }
    const result = shared(before, now)
    expect(result.items[1]).toBe(before.items[0])
    expect(result.items[2]).not.toBe(before.items[1])
    expect(result.items[2]?.reactions).toBe(before.items[1]?.reactions)
    expect(result.items[3]).toBe(before.items[2])
    expect(shared(before, page([3, 2, 1], null))).toBe(before)
  })
})
