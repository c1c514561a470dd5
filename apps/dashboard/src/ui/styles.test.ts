import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { THEME_COLOURS } from '../features/theme/theme.ts'
import { contrast, OUTLINE_PAIRS, TEXT_PAIRS } from './contrast.ts'

const css = readFileSync(join(import.meta.dirname, 'styles.css'), 'utf8')
const pairs = [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)]
const tokens = (column: 2 | 3) => new Map(pairs.map((match) => [match[1] ?? '', match[column] ?? '']))
const rgb = (hex: string): number[] => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))

describe.each([
  ['light', tokens(2)],
  ['dark', tokens(3)],
] as const)('the %s colours', (theme, colours) => {
  const of = (name: string) => rgb(colours.get(name) ?? expect.fail(`no token --${name}`))

  it.each(TEXT_PAIRS)('%s can be read on %s', (ink, on) => expect(contrast(of(ink), of(on))).toBeGreaterThanOrEqual(4.5))
  it.each(OUTLINE_PAIRS)('%s can be seen on %s', (line, on) => expect(contrast(of(line), of(on))).toBeGreaterThanOrEqual(3))

  it('reach to the browser’s own frame', () => {
    expect(THEME_COLOURS[theme]).toBe(colours.get('canvas'))
    const html = readFileSync(join(import.meta.dirname, '../../index.html'), 'utf8')
    for (const name of ['canvas', 'accent']) expect(html).toContain(`light-dark(${tokens(2).get(name)}, ${tokens(3).get(name)})`)
    expect(html).toContain(`media="(prefers-color-scheme: ${theme})" content="${colours.get('canvas')}"`)
  })
})

describe('the components', () => {
  const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.tsx'))
    .map((file) => [file, readFileSync(join(import.meta.dirname, file), 'utf8')] as const)

  it.each(sources)('%s takes colour, size, layer and time from the tokens', (_, source) => {
    const raw = [
      // A value written into a class: text-[13px], bg-[#fff], duration-[200ms]. Places and proportions have no tokens.
      ...source.matchAll(/[\w-]+-\[[^\]]*(?:\dpx|\dms|#[0-9a-f]{3})[^\]]*\]/g),
      // The defaults of the library, where we have names of our own.
      ...source.matchAll(/\b(?:shadow-(?:xs|sm|md|lg|xl|2xl)|z-\d+|duration-\d+|(?:bg|text|border)-(?:black|white|gray-\d+))\b/g),
    ].map(([found]) => found)
    expect(raw).toEqual([])
  })
})
