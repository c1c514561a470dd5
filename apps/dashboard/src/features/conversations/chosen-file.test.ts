import { describe, expect, it } from 'vitest'
import { formatSize } from '../../format/size.ts'
import { faultOf, kindOf } from './chosen-file.ts'

const limits = { document: 64_000, other: 16_000 }

describe('a chosen file', () => {
  it.each([
    ['image/png', 16_000, 'image'],
    ['image/png', 16_001, 'document'],
    ['image/webp', 10, 'document'],
    ['video/mp4', 10, 'video'],
    ['audio/ogg', 10, 'audio'],
    ['audio/ogg', 20_000, 'document'],
    ['', 10, 'document'],
  ])('%s of %i bytes goes as %s', (type, size, kind) => expect(kindOf({ type, size }, limits)).toBe(kind))

  it('goes as what it is where no limit is known', () => {
    expect(kindOf({ type: 'image/png', size: 1e9 }, undefined)).toBe('image')
    expect(faultOf({ size: 1e9 }, undefined)).toBeNull()
  })

  it('is refused where it is empty, or larger than the server takes', () => {
    expect(faultOf({ size: 0 }, undefined)).toEqual({ what: 'empty' })
    expect(faultOf({ size: 64_000 }, limits)).toBeNull()
    expect(faultOf({ size: 64_001 }, limits)).toEqual({ what: 'too-large', most: 64_000 })
  })

  it.each([
    [1, '1 kB', '1 kB'],
    [350_000, '342 kB', '342 kB'],
    [1_600_000, '1,6 MB', '1.6 MB'],
    [16 * 1024 ** 2, '16 MB', '16 MB'],
    [16 * 1024 ** 2 + 1, '16,1 MB', '16.1 MB'],
  ])('of %i bytes is so large: %s', (bytes, pt, en) => {
    expect(formatSize(bytes, 'pt-BR')).toBe(pt)
    expect(formatSize(bytes, 'en')).toBe(en)
  })
})
