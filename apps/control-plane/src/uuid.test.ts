import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { uuidv7 } from './uuid.ts'

describe('an id', () => {
  it('is a UUIDv7, and sorts by the order of making', () => {
    const ids = [...Array(10_000).keys()].map(() => uuidv7())
    expect(z.uuidv7().safeParse(ids[0]).success).toBe(true)
    expect(ids).toEqual(ids.toSorted())
    expect(new Set(ids).size).toBe(ids.length)
    expect(Math.abs(Number.parseInt(ids[0]!.replace('-', '').slice(0, 12), 16) - Date.now())).toBeLessThan(10_000)
  })
})
