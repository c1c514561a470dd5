import type { Point } from './layout.ts'

const at = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`
const between = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })

/** A line through the points, its corners rounded: each inner point bends it, the middles between them are on it. */
export function smoothPath(points: readonly Point[]): string {
  const [first, ...rest] = points
  const last = rest.pop()
  if (first === undefined || last === undefined) return ''
  const bends = rest.map((point, index) => {
    const after = rest[index + 1]
    return `Q ${at(point)} ${at(after === undefined ? last : between(point, after))}`
  })
  return [`M ${at(first)}`, ...bends, ...(bends.length === 0 ? [`L ${at(last)}`] : [])].join(' ')
}

/** Where the line ends and in which direction, in degrees. */
export function arrowAt(points: readonly Point[]): (Point & { angle: number }) | null {
  const [before, last] = points.slice(-2)
  if (before === undefined || last === undefined) return null
  return { ...last, angle: (Math.atan2(last.y - before.y, last.x - before.x) * 180) / Math.PI }
}
