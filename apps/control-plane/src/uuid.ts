import { someRandomBytes } from './random.ts'

let lastMs = 0
let counter = 0

/** A UUIDv7: sorts by time, and in one process by the order of making, so that keys grow at one end of their index and older means smaller. */
export function uuidv7(): string {
  const now = Date.now()
  if (now > lastMs) {
    lastMs = now
    counter = 0
  } else if ((counter += 1) > 0xfff) {
    // More than 4096 in a millisecond, or the clock went back: borrow from the next one.
    lastMs += 1
    counter = 0
  }
  const bytes = someRandomBytes(16)
  bytes.writeUIntBE(lastMs, 0, 6)
  bytes.writeUInt16BE(0x7000 | counter, 6)
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
