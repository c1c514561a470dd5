import type { InstanceLogLine } from '../port.ts'

const HEADER_BYTES = 8

/** The text of a log's frames. */
export function logText(frames: Buffer): string {
  const text: Buffer[] = []
  for (let at = 0; at + HEADER_BYTES <= frames.length;) {
    const length = frames.readUInt32BE(at + 4)
    text.push(frames.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length))
    at += HEADER_BYTES + length
  }
  return Buffer.concat(text).toString('utf8')
}

/**
 * The log of a container without a terminal comes in frames: stream (1 byte), three zeros, length (4 bytes, big-endian), text. With
 * `timestamps=1`, each line begins with its time in RFC 3339 with nanoseconds.
 */
export function logLines(frames: Buffer): InstanceLogLine[] {
  return logText(frames)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\d*Z (.*)$/s.exec(line)
      return found === null ? { at: null, line } : { at: `${found[1]}Z`, line: found[2] ?? '' }
    })
}
