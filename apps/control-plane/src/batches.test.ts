import { describe, expect, it } from 'vitest'
import { createBatches } from './batches.ts'

function recorded() {
  const written: { key: string; items: number[]; end: PromiseWithResolvers<void> }[] = []
  const put = createBatches<string, number>((key, items) => {
    const end = Promise.withResolvers<void>()
    written.push({ key, items: [...items()], end })
    return end.promise
  })
  return { put, written, turn: () => new Promise(setImmediate) }
}

describe('batches', () => {
  it('are written one at a time per key, with all that came meanwhile, in order', async () => {
    const { put, written, turn } = recorded()
    const first = put('a', 1)
    await turn()
    const others = [put('a', 2), put('b', 9), put('a', 3)]
    await turn()
    expect(written.map(({ key, items }) => ({ key, items }))).toEqual([
      { key: 'a', items: [1] },
      { key: 'b', items: [9] },
    ])
    written[0]!.end.resolve()
    await first
    await turn()
    expect(written[2]).toMatchObject({ key: 'a', items: [2, 3] })
    written[1]!.end.resolve()
    written[2]!.end.resolve()
    await Promise.all(others)
    const again = put('a', 4)
    await turn()
    expect(written[3]).toMatchObject({ key: 'a', items: [4] })
    written[3]!.end.resolve()
    await again
  })

  it('that fail say so to everybody in them, and to nobody else', async () => {
    const { put, written, turn } = recorded()
    const failing = [put('a', 1), put('a', 2)].map((one) => one.then(() => 'written').catch(String))
    await turn()
    const next = put('a', 3)
    written[0]!.end.reject(new Error('the database is away'))
    expect(await Promise.all(failing)).toEqual(['Error: the database is away', 'Error: the database is away'])
    await turn()
    written[1]!.end.resolve()
    await next
  })

  it('are never too large', async () => {
    const { put, written, turn } = recorded()
    const all = Array.from({ length: 1_200 }, (_, i) => put('a', i))
    for (let i = 0; i < 3; i++) {
      await turn()
      written[i]!.end.resolve()
    }
    await Promise.all(all)
    expect(written.map(({ items }) => items.length)).toEqual([500, 500, 200])
  })
})
