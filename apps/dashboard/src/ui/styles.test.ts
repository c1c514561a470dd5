import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const css = readFileSync(join(import.meta.dirname, 'styles.css'), 'utf8')
const [, light = '', dark = ''] = /:root \{([^}]*)\}[\s\S]*?prefers-color-scheme: dark\) \{\s*:root \{([^}]*)\}/.exec(css) ?? []
const tokens = (block: string) =>
  new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((match) => [match[1] ?? '', match[2] ?? '']))

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

const SURFACES = ['canvas', 'surface', 'sunken']
const SOFT = ['ok', 'info', 'warn', 'bad']
/** Text on what it stands on: 4.5:1. Outlines of controls and the focus ring: 3:1. */
const TEXT: [string, string][] = [
  ...['ink', 'ink-soft'].flatMap((ink) =>
    [...SURFACES, 'bubble-in', 'bubble-out', 'bubble-bot', 'accent-soft'].map((on): [string, string] => [ink, on]),
  ),
  ...SOFT.flatMap((tone): [string, string][] => [
    [tone, `${tone}-soft`],
    [tone, 'surface'],
    ['ink', `${tone}-soft`],
    ['ink-soft', `${tone}-soft`],
  ]),
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['on-accent-soft', 'accent-soft'],
  ['accent', 'surface'],
  ['on-bad', 'bad'],
  ['on-bad', 'bad-hover'],
  ['bad', 'bubble-out'],
  ['bad', 'bubble-bot'],
  ['info', 'bubble-out'],
  ['warn', 'bubble-out'],
]
const OUTLINES: [string, string][] = [
  ['line-strong', 'surface'],
  ['ring', 'surface'],
  ['ring', 'canvas'],
]

describe.each([
  ['light', tokens(light)],
  ['dark', tokens(dark)],
])('the %s colours', (_, colours) => {
  const of = (name: string) => colours.get(name) ?? expect.fail(`no token --${name}`)

  it.each(TEXT)('%s can be read on %s', (ink, on) => expect(contrast(of(ink), of(on))).toBeGreaterThanOrEqual(4.5))
  it.each(OUTLINES)('%s can be seen on %s', (line, on) => expect(contrast(of(line), of(on))).toBeGreaterThanOrEqual(3))
})
