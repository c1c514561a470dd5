import { create } from 'qrcode'
import { describe, expect, it } from 'vitest'
import { qrPath } from './qr-code.tsx'

/** What the path paints, module by module. */
function painted(path: string, size: number): Set<number> {
  const dark = new Set<number>()
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
    for (let step = 0; step < Number(run); step++) dark.add(Number(y) * size + Number(x) + step)
  return dark
}

describe('the QR', () => {
  it.each(['2@abc', '2@'.padEnd(240, 'aB3/+='), 'ção ☕'])('paints exactly the dark modules of %s, inside a quiet zone', (text) => {
    const { path, size } = qrPath(text)
    const { modules } = create(text, { errorCorrectionLevel: 'M' })
    const margin = (size - modules.size) / 2
    const expected = new Set<number>()
    modules.data.forEach((bit, index) => {
      if (bit === 1) expected.add((Math.floor(index / modules.size) + margin) * size + (index % modules.size) + margin)
    })
    expect(margin).toBeGreaterThanOrEqual(3)
    expect(painted(path, size)).toEqual(expected)
  })
})
