import { webcrypto } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readMarks, type MarksOptions, type MarksWindow } from './marks.ts'

type Stores = Record<string, Record<string, unknown>>

/** An answer that comes a turn later, as IndexedDB's do. */
const request = <T>(result: T) => ({
  result,
  error: null,
  addEventListener: (type: string, heard: () => void) => void (type === 'success' && setImmediate(heard)),
})
/** A page with these databases, stores and records, and this local storage. */
const pageOf = (databases: Record<string, Stores>, local: Record<string, string> = {}): MarksWindow => ({
  indexedDB: {
    databases: () => Promise.resolve(Object.keys(databases).map((name) => ({ name }))),
    open: (name) =>
      request({
        objectStoreNames: Object.keys(databases[name] ?? {}),
        transaction: (store: string) => ({
          objectStore: () => {
            const records = databases[name]?.[store] ?? {}
            return {
              count: () => request(Object.keys(records).length),
              getAllKeys: () => request(Object.keys(records)),
              get: (key: unknown) => request(records[String(key)]),
            }
          },
        }),
        addEventListener: () => {},
        close: () => {},
      }),
  },
  localStorage: Object.assign(Object.create({ getItem: (key: string) => local[key] ?? null }), local) as MarksWindow['localStorage'],
  crypto: webcrypto,
})
const many = (count: number, of = 'x'): Record<string, unknown> =>
  Object.fromEntries(Array.from({ length: count }, (_, nr) => [`${of}${nr}`, { nr, of }]))
const OPTIONS: MarksOptions = { number: '5511987654321', mostRecords: 64, mostMarks: 500, mostBytes: 1024 * 1024, databases: true }
const placesOf = async (page: MarksWindow, options: Partial<MarksOptions> = {}): Promise<string[]> =>
  (await readMarks(page, { ...OPTIONS, ...options })).map(({ place }) => place)

describe('the marks of a page', () => {
  it('have its own id and its keys first, however much else it keeps', async () => {
    const lists = Object.fromEntries(Array.from({ length: 40 }, (_, nr) => [`list ${nr}`, many(60)]))
    const page = pageOf(
      { 'a model': lists, signal: { meta: { identity: new Uint8Array(32).fill(7) }, sessions: many(65) } },
      { 'last-wid-md': '"5511987654321:3@c.us"', theme: 'dark' },
    )
    const places = await placesOf(page)
    expect(places).toHaveLength(500)
    expect(places.slice(0, 2)).toEqual(['localStorage', 'signal/meta'])
    expect(places).not.toContain('signal/sessions')
    expect(await placesOf(page, { databases: false })).toEqual(['localStorage'])
  })

  it('differ where a value does, whatever it is made of, and nothing of it is in the clear', async () => {
    const of = async (value: unknown) => (await readMarks(pageOf({ a: { b: { '5511911112222@c.us': value } } }), OPTIONS))[0]!
    const values = [
      1,
      '1',
      null,
      [1],
      { a: 1 },
      { a: 2 },
      new Map([['a', 1]]),
      new Uint8Array([1]),
      new Uint8Array([2]).buffer,
      new Date(1),
    ]
    const hashes = await Promise.all(values.map(async (value) => (await of(value)).sha256))
    expect(new Set(hashes).size).toBe(values.length)
    expect(await of({ b: 1, a: 2 })).toEqual(await of({ a: 2, b: 1 }))
    expect(JSON.stringify(await of('5511987654321'))).not.toMatch(/55119/)
    expect([(await of('5511987654321')).own, (await of('x')).own]).toEqual([true, false])
  })

  it('leave out what is large', async () => {
    const page = pageOf({ a: { big: { one: new Uint8Array(600_000), two: new Uint8Array(600_000), three: 1 }, small: { one: 1 } } })
    expect(await placesOf(page)).toEqual(['a/small', 'a/big', 'a/big'])
  })
})
