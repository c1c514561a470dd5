import { MessageEvent } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import { waIdOf } from './wa-id.ts'

const { wa_id: WaId } = MessageEvent.shape

describe('a message’s id', () => {
  it.each(['3EB0A1', 'X730_1', 'AB CD', 'ABé', `AB'"CD`, 'AB@CD', '😀', 'L'.repeat(256)])('stays as its sender chose it: %s', (id) => {
    expect(waIdOf(id)).toBe(id)
  })

  it.each([
    ['too long', 'L'.repeat(257)],
    ['far too long', 'é'.repeat(100_000)],
    ['with a NUL', 'A\0B'],
    ['with a line', 'A\nB'],
    ['with half an emoji', 'A\ud800B'],
  ])('has a stand-in where it cannot be kept: %s', (_, id) => {
    const standIn = waIdOf(id)
    expect(standIn).toMatch(/^STANDIN-[0-9a-f]{32}$/)
    expect(WaId.safeParse(standIn).success).toBe(true)
    expect([waIdOf(id), waIdOf(standIn)]).toEqual([standIn, standIn])
  })

  it('has another stand-in for another id', () => {
    const ids = Array.from({ length: 2_000 }, (_, i) => `${'L'.repeat(300)}${i}`)
    expect(new Set(ids.map(waIdOf)).size).toBe(ids.length)
  })
})
