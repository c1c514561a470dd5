import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { SNAPSHOT_LIMITS, type SnapshotFile } from '@zaptria/contract'
import { create, Unpack } from 'tar'

/** The archive is not what its manifest says: nothing of it may be used. */
export class SnapshotDamagedError extends Error {
  constructor(what: string, options?: { cause: unknown }) {
    super(`the snapshot is damaged: ${what}`, options)
    this.name = 'SnapshotDamagedError'
  }
}

export type Packed = { files: SnapshotFile[]; archive: { size_bytes: number; sha256: string } }

/** Packs all files below a directory into one: tar, compressed with Zstandard. On the disk when it resolves. */
export const packSession = async (dir: string, into: string): Promise<Packed> => {
  const files = await Promise.all((await filesBelow(dir)).map((path) => describe(dir, path)))
  const tarred = create(
    { cwd: dir, portable: true, noPax: false, jobs: 1 },
    files.map(({ path }) => path),
  )
  const compress = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 3 } })
  const counted = counting()
  await pipeline(
    Readable.from(tarred as unknown as AsyncIterable<Buffer>),
    compress,
    counted.through,
    createWriteStream(into, { mode: 0o600, flush: true }),
  )
  return { files, archive: counted.result() }
}

/**
 * Unpacks an archive into a directory that is not there yet, and compares all of it with the manifest. Takes nothing that the manifest does not name.
 * @throws SnapshotDamagedError when something is missing, other, or too much; what was unpacked then is of no use
 */
export const unpackSession = async (archive: AsyncIterable<Uint8Array>, into: string, files: readonly SnapshotFile[]): Promise<void> => {
  await mkdir(into, { mode: 0o700 })
  const wanted = new Map(files.map((file) => [file.path, file]))
  let total = 0
  const unwanted: string[] = []
  const unpack = new Unpack({
    cwd: into,
    strict: true,
    preserveOwner: false,
    chmod: false,
    noMtime: true,
    filter: (path, entry) => {
      const file = wanted.get(path)
      const plain = 'type' in entry && (entry.type === 'File' || entry.type === 'OldFile')
      total += plain ? entry.size : 0
      const right = plain && file?.size_bytes === entry.size && total <= SNAPSHOT_LIMITS.plain_bytes
      if (!right) unwanted.push(path)
      return right
    },
  })
  try {
    await pipeline(Readable.from(archive), createZstdDecompress(), async function (bytes) {
      const done = new Promise<void>((resolve, reject) => unpack.on('close', resolve).on('error', reject))
      // It may fail while a chunk is still being waited for.
      done.catch(() => {})
      for await (const chunk of bytes)
        if (!unpack.write(chunk as Buffer)) await Promise.race([new Promise<void>((resolve) => void unpack.once('drain', resolve)), done])
      unpack.end()
      await done
    })
  } catch (error) {
    throw isOurs(error) ? new SnapshotDamagedError(error instanceof Error ? error.message : String(error), { cause: error }) : error
  }
  if (unwanted.length > 0) throw new SnapshotDamagedError(`it holds ${unwanted[0]}, which its manifest does not know`)
  for (const file of files) await compare(into, file)
}

const compare = async (dir: string, file: SnapshotFile): Promise<void> => {
  const found = await stat(join(dir, file.path)).catch(() => null)
  if (found === null) throw new SnapshotDamagedError(`${file.path} is missing`)
  const { size_bytes, sha256 } = await describe(dir, file.path)
  if (size_bytes !== file.size_bytes || sha256 !== file.sha256) throw new SnapshotDamagedError(`${file.path} is not what was packed`)
}

/** What the archive is to blame for, not the disk or the wire. */
const isOurs = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^(TAR_|ZSTD_|ERR_ZSTD|ERR_BUFFER|Z_)/.test(String(error.code))

const describe = async (dir: string, path: string): Promise<SnapshotFile> => {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of createReadStream(join(dir, path))) {
    hash.update(chunk as Buffer)
    size += (chunk as Buffer).length
  }
  return { path, size_bytes: size, sha256: hash.digest('hex') }
}

const filesBelow = async (dir: string): Promise<string[]> => {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .toSorted()
}

const counting = () => {
  const hash = createHash('sha256')
  let size = 0
  const through = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk)
      size += chunk.length
      done(null, chunk)
    },
  })
  return { through, result: () => ({ size_bytes: size, sha256: hash.digest('hex') }) }
}

/** All of an archive from a place on, in order. */
export async function* readArchive(file: string, from: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const handle = await open(file)
  try {
    yield* handle.createReadStream({ start: from, autoClose: false, signal }) as AsyncIterable<Buffer>
  } finally {
    await handle.close()
  }
}
