import { createHash } from 'node:crypto'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract, pack, type Header } from 'tar-stream'

export type Entry = { header: Partial<Header> & Pick<Header, 'name'>; body: Buffer }

/** What a file's time becomes; seconds since 1970. */
export type TimeOf = (name: string, seconds: number) => number

/** Written by whatever ran while the image was made, different each time, and read by nothing that runs in it. */
const LEFT_OUT = [
  /^var\/cache\/(?!$)/,
  /^var\/log\/(?!$)/,
  /^var\/lib\/apt\/lists\/(?!$)/,
  /^var\/lib\/dpkg\/[^/]+-old$/,
  /^var\/lib\/systemd\/random-seed$/,
  /^etc\/[^/]+-$/,
  /^(tmp|run|var\/tmp)\/(?!$)/,
  /(^|\/)__pycache__(\/|$)/,
  /(^|\/)\.dockerenv$/,
]

/** The kernel's own file systems: empty in an image, whatever lay there when it was made. */
const MOUNTED = /^(dev|proc|sys)\/(?!$)/

/** Rewrites a layer so that the same files make the same bytes; returns the SHA-256 of what was written. */
export async function normaliseLayer(from: Readable, to: Writable, timeOf: TimeOf): Promise<string> {
  const entries = normaliseEntries(await readTar(from), timeOf)
  const hash = createHash('sha256')
  const tar = writeTar(entries)
  await pipeline(
    tar,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk)
        yield chunk
      }
    },
    to,
  )
  return hash.digest('hex')
}

export async function readTar(from: Readable): Promise<Entry[]> {
  const entries: Entry[] = []
  const reader = extract()
  reader.on('entry', (header, stream, next) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk) => chunks.push(chunk as Buffer))
    stream.on('end', () => {
      entries.push({ header, body: Buffer.concat(chunks) })
      next()
    })
  })
  await pipeline(from, reader)
  return entries
}

function writeTar(entries: readonly Entry[]): Readable {
  const tar = pack()
  void (async () => {
    for (const { header, body } of entries) {
      await new Promise<void>((done, fail) => {
        tar.entry(header, body, (error) => (error === null || error === undefined ? done() : fail(error)))
      })
    }
    tar.finalize()
  })().catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))))
  return tar as unknown as Readable
}

/** Sorted by name, one way to write a name, numeric owners, times as `timeOf` says, and of several names of one file always the same first. */
export function normaliseEntries(entries: readonly Entry[], timeOf: TimeOf): Entry[] {
  const kept = new Map<string, Entry>()
  for (const entry of entries) {
    const name = plain(entry.header.name)
    if (name !== '' && !MOUNTED.test(name) && !LEFT_OUT.some((pattern) => pattern.test(name))) kept.set(name, entry)
  }
  const names = [...kept.keys()].toSorted(byBytes)
  const first = firstNames(kept, names)
  return names.map((name) => {
    const entry = kept.get(name)!
    const original = entry.header.type === 'link' ? plain(entry.header.linkname ?? '') : name
    const of = first.get(original) ?? original
    if (entry.header.type === 'link' && !kept.has(original)) {
      throw new Error(`The layer names ${name} as another name of ${original}, which it does not have.`)
    }
    if (first.has(original) && of !== name)
      return tidy({ header: { ...kept.get(original)!.header, type: 'link', linkname: of }, body: EMPTY }, name, timeOf)
    return tidy(kept.get(original)!, name, timeOf)
  })
}

const EMPTY = Buffer.alloc(0)

/** For each file with several names: the name that the tar has it under → the first of its names, which carries the content. */
function firstNames(kept: ReadonlyMap<string, Entry>, sorted: readonly string[]): Map<string, string> {
  const first = new Map<string, string>()
  for (const name of sorted) {
    const { type, linkname } = kept.get(name)!.header
    if (type !== 'link') continue
    const original = plain(linkname ?? '')
    const before = first.get(original) ?? original
    first.set(original, byBytes(name, before) < 0 ? name : before)
  }
  return first
}

function tidy({ header, body }: Entry, name: string, timeOf: TimeOf): Entry {
  const type = header.type ?? 'file'
  const attributes = Object.entries((header.pax ?? {}) as Record<string, string>)
    .filter(([key]) => key.startsWith('SCHILY.xattr.'))
    .toSorted(([a], [b]) => byBytes(a, b))
  return {
    header: {
      name: type === 'directory' ? `${name.replace(/\/$/, '')}/` : name,
      type,
      mode: header.mode ?? 0o644,
      uid: header.uid ?? 0,
      gid: header.gid ?? 0,
      uname: '',
      gname: '',
      size: type === 'file' ? body.length : 0,
      mtime: new Date(timeOf(name, Math.floor((header.mtime?.getTime() ?? 0) / 1000)) * 1000),
      ...(type === 'symlink' || type === 'link' ? { linkname: header.linkname ?? '' } : {}),
      ...(header.devmajor ? { devmajor: header.devmajor } : {}),
      ...(header.devminor ? { devminor: header.devminor } : {}),
      ...(attributes.length > 0 ? { pax: Object.fromEntries(attributes) } : {}),
    },
    body: type === 'file' ? body : EMPTY,
  }
}

/** `./etc/passwd`, `/etc/passwd` and `etc/passwd` are one; a directory ends in a slash, so that it comes before what it holds. */
function plain(name: string): string {
  return name.replace(/^(\.?\/)+/, '').replace(/^\.$/, '')
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
