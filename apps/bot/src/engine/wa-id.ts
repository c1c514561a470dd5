/**
 * A message's id as we name it. Senders choose ids: one that is longer than the contract allows, or that no store keeps as it is, gets a
 * stand-in, always the same. Whoever makes two ids with one stand-in has hidden a message of their own.
 *
 * Runs inside WhatsApp's page as well, as text: it may use nothing but its argument.
 */
export const waIdOf = (id: string): string => {
  // oxlint-disable-next-line no-control-regex -- those are meant
  if (id.length <= 256 && !/[\u0000-\u001f\u007f]/.test(id) && id.isWellFormed()) return id
  /** cyrb53: not for secrets, but the page has no hash that answers at once. */
  const hash = (seed: number): string => {
    let [a, b] = [0xdeadbeef ^ seed, 0x41c6ce57 ^ seed]
    for (let at = 0; at < id.length; at++) {
      const unit = id.charCodeAt(at)
      a = Math.imul(a ^ unit, 2_654_435_761)
      b = Math.imul(b ^ unit, 1_597_334_677)
    }
    a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909)
    b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909)
    return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
  }
  return `STANDIN-${hash(0)}${hash(1)}`
}
