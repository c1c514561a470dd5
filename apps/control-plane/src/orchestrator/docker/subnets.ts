/** IPv4 subnets as whole numbers, for cutting small networks from one pool. */
export type Subnet = { base: number; bits: number }

/** Reads `10.210.0.0/16`; the address is taken down to the network's own. */
export function parseSubnet(text: string): Subnet | null {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text)
  if (found === null) return null
  const [a, b, c, d, bits] = found.slice(1).map(Number) as [number, number, number, number, number]
  if ([a, b, c, d].some((octet) => octet > 255) || bits > 32) return null
  const address = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d
  return { base: address - (address % sizeOf(bits)), bits }
}

export function formatSubnet({ base, bits }: Subnet): string {
  return `${formatAddress(base)}/${bits}`
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}

const sizeOf = (bits: number): number => 2 ** (32 - bits)

export function overlap(a: Subnet, b: Subnet): boolean {
  return a.base < b.base + sizeOf(b.bits) && b.base < a.base + sizeOf(a.bits)
}

/** The hub's subnet is the pool's first; its gateway is the pool's first address. */
export function hubSubnet(pool: Subnet, bits: number): Subnet {
  return { base: pool.base, bits }
}

export const gatewayOf = ({ base }: Subnet): string => formatAddress(base + 1)

/** The first subnet of the pool after the hub's that overlaps none that is taken; null when the pool is used up. */
export function freeSubnet(pool: Subnet, bits: number, taken: readonly Subnet[]): Subnet | null {
  const size = sizeOf(bits)
  const within = taken.filter((each) => overlap(each, pool)).toSorted((a, b) => a.base - b.base)
  let base = pool.base + size
  for (const each of within) {
    if (each.base >= base + size) break
    const end = each.base + sizeOf(each.bits)
    if (end > base) base = Math.ceil(end / size) * size
  }
  return base + size <= pool.base + sizeOf(pool.bits) ? { base, bits } : null
}
