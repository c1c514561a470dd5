import { describe, expect, it } from 'vitest'
import { readSetup } from './main.ts'
import { overview } from './overview.ts'

describe('the bench of the overview', () => {
  it('measures tiles that change, and the tasks of the page', async () => {
    const { setup } = readSetup(['overview', '--runs', '20', '--bots', '40'], {})
    const results = await overview({ ...setup, progress: () => undefined })
    const of = (what: string) => results.find(({ name }) => name === `40 tiles: ${what}`)
    expect(of('hint to changed tile')?.n).toBeGreaterThan(0)
    expect(of('tasks over 1 ms, at rest, processor')?.max).toBeGreaterThan(0)
    expect(of('drawn')?.p50).toBeLessThan(40)
  }, 180_000)
})
