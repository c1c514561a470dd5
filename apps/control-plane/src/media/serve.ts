import type { ByteRange } from '../files/port.ts'

/** What a `Range` header asks of a file: `null` all of it, `unsatisfiable` nothing that is there. More than one range is answered with all. */
export function rangeOf(header: string | undefined, sizeBytes: number): ByteRange | null | 'unsatisfiable' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (match === null) return null
  const [, from = '', to = ''] = match
  if (from === '' && to === '') return null
  const start = from === '' ? Math.max(0, sizeBytes - Number(to)) : Number(from)
  const end = from === '' || to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1)
  if (from !== '' && to !== '' && Number(to) < Number(from)) return null
  return start > end ? 'unsatisfiable' : { start, end }
}

/** `Content-Disposition` with the name as it is, and as old programs can read it (RFC 6266). */
export function disposition(way: 'inline' | 'attachment', filename: string | null): string {
  if (filename === null || filename === '') return way
  const plain = filename.replaceAll(/[^\x20-\x7e]|["\\%/]/g, '_')
  const whole = encodeURIComponent(filename.toWellFormed()).replaceAll(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${way}; filename="${plain}"; filename*=UTF-8''${whole}`
}
