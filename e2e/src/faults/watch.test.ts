import { describe, expect, it } from 'vitest'
import { grownIn } from './watch.ts'
import type { Held } from './watch.ts'

const looks = (count: number, of: (i: number) => Partial<Held>): Held[] =>
  Array.from({ length: count }, (_, i) => ({ rssMb: 200, files: 80, processes: 6, ...of(i) }))

describe('what a part of the system holds', () => {
  it('may warm up, and dip while it is started again', () => {
    expect(grownIn(looks(60, (i) => ({ rssMb: i % 7 === 0 ? 60 : 150 + i * 3 })))).toEqual([])
  })

  it('has grown when it goes on and on', () => {
    expect(grownIn(looks(60, (i) => ({ rssMb: 200 + i * 20, files: 80 + i * 10 })))).toEqual([
      'rssMb grew from 400 to 1200',
      'files grew from 180 to 580',
    ])
  })

  it('says nothing of a moment', () => {
    expect(grownIn(looks(11, (i) => ({ files: 80 * 2 ** i })))).toEqual([])
  })
})
