/** IPv4 ranges, `10.210.0.0/16` or one address. */

/** First and last address, as numbers. */
export function bounds(range: string): [number, number] {
  const [address = '', bits = '32'] = range.split('/')
  const size = 2 ** (32 - Number(bits))
  const first = Math.floor(ipv4(address) / size) * size
  return [first, first + size - 1]
}

/** A range with its address taken down to its first. */
export function networkOf(range: string): string {
  return `${dotted(bounds(range)[0])}/${range.split('/')[1]}`
}

export function overlap(a: string, b: string): boolean {
  const [[aFirst, aLast], [bFirst, bLast]] = [bounds(a), bounds(b)]
  return aFirst <= bLast && bFirst <= aLast
}

/** Whether `a` is wider than `b` and holds all of it. */
export function covers(a: string, b: string): boolean {
  const [[aFirst, aLast], [bFirst, bLast]] = [bounds(a), bounds(b)]
  return aFirst <= bFirst && aLast >= bLast && aLast - aFirst > bLast - bFirst
}

/** An IPv4 address as a number. */
export function ipv4(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

export function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')
}
