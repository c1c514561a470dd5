/** Relative luminance of a colour's red, green and blue (0 to 255), as WCAG 2 defines it. */
function luminance(rgb: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = rgb.map((part) => {
    const value = part / 255
    return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** From 1 (the same) to 21 (black on white). */
export function contrast(one: readonly number[], other: readonly number[]): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

export type Pair = readonly [ink: string, on: string]

const SURFACES = ['canvas', 'surface', 'sunken']
const TONES = ['ok', 'info', 'warn', 'bad']

/** Text on what it stands on: at least 4.5:1. */
export const TEXT_PAIRS: readonly Pair[] = [
  ...['ink', 'ink-soft'].flatMap((ink) =>
    [...SURFACES, 'bubble-in', 'bubble-out', 'bubble-bot', 'accent-soft'].map((on): Pair => [ink, on]),
  ),
  ...TONES.flatMap((tone): Pair[] => [
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

/** Outlines of controls, and the focus ring: at least 3:1. */
export const OUTLINE_PAIRS: readonly Pair[] = [
  ['line-strong', 'surface'],
  ['ring', 'surface'],
  ['ring', 'canvas'],
]
