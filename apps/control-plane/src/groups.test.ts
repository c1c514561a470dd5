import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createGroups } from './groups.ts'

const turn = async () => {
  for (let i = 0; i < 5; i += 1) await new Promise(setImmediate)
}

function recorded(atOnce: number, everyMs: number, { besideMs = everyMs, most = Infinity } = {}) {
  const groups: { items: string[]; at: number; end: PromiseWithResolvers<void> }[] = []
  const add = createGroups<string, string[]>({
    atOnce,
    everyMs,
    besideMs,
    pick: (waiting) => waiting.splice(0, most),
    work(items) {
      const end = Promise.withResolvers<void>()
      groups.push({ items, at: performance.now(), end })
      return end.promise
    },
  })
  return { add, groups, items: () => groups.map((group) => group.items.join('')) }
}

it('works on what comes alone at once, and on what comes while all turns are taken together', async () => {
  const { add, groups, items } = recorded(2, 0)
  add('a')
  await turn()
  add('b')
  await turn()
  for (const one of 'cde') add(one)
  await turn()
  expect(items()).toEqual(['a', 'b'])
  groups[1]!.end.resolve()
  await turn()
  expect(items()).toEqual(['a', 'b', 'cde'])
  add('f')
  await turn()
  expect(items()).toHaveLength(3)
  groups[0]!.end.resolve()
  await turn()
  expect(items()).toEqual(['a', 'b', 'cde', 'f'])
})

it('begins one every so often at most', async () => {
  const { add, groups, items } = recorded(10, 80)
  add('a')
  await turn()
  add('b')
  await turn()
  add('c')
  expect(items()).toEqual(['a'])
  await delay(200)
  expect(items()).toEqual(['a', 'bc'])
  expect(groups[1]!.at - groups[0]!.at).toBeGreaterThanOrEqual(79)
  add('d')
  await turn()
  expect(items()).toEqual(['a', 'bc', 'd'])
})

it('begins one beside another only when that has run for a while, and at its end at once', async () => {
  const { add, groups, items } = recorded(10, 0, { besideMs: 1_000 })
  add('a')
  await turn()
  add('b')
  await turn()
  expect(items()).toEqual(['a'])
  await expect.poll(items, { interval: 10 }).toEqual(['a', 'b'])
  expect(groups[1]!.at - groups[0]!.at).toBeGreaterThanOrEqual(999)
  add('c')
  await turn()
  expect(items()).toEqual(['a', 'b'])
  for (const { end } of groups) end.resolve()
  await turn()
  expect(items()).toEqual(['a', 'b', 'c'])
})

it('lets nobody wait who was there and did not fit in', async () => {
  const { add, items } = recorded(2, 60_000, { most: 2 })
  for (const one of 'abcdef') add(one)
  await turn()
  expect(items()).toEqual(['ab', 'cd'])
})
