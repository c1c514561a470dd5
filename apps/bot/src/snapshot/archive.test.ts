import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { createZstdCompress } from 'node:zlib'
import { SnapshotFile } from '@zaptria/contract'
import { create } from 'tar'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packSession, readArchive, SnapshotDamagedError, unpackSession } from './archive.ts'

let base: string
const at = (...path: string[]): string => join(base, ...path)
const put = (path: string, bytes: Buffer | string): void => {
  mkdirSync(dirname(at('session', path)), { recursive: true })
  writeFileSync(at('session', path), bytes)
}
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'zaptria-archive-'))
  put('Local State', '{}')
  put('Default/IndexedDB/https_web.whatsapp.com_0.indexeddb.leveldb/000005.ldb', randomBytes(300_000))
  put('Default/IndexedDB/https_web.whatsapp.com_0.indexeddb.leveldb/CURRENT', 'MANIFEST-000001\n')
  put(`Default/Local Storage/${'long'.repeat(40)}`, 'x')
  put('Default/empty', '')
})
afterEach(() => rmSync(base, { recursive: true, force: true }))
const pack = () => packSession(at('session'), at('archive'))
const unpack = (files: SnapshotFile[], bytes: AsyncIterable<Uint8Array> = readArchive(at('archive'), 0, AbortSignal.timeout(10_000))) =>
  unpackSession(bytes, at('restored'), files)

describe('an archive of a session', () => {
  it('comes out as it went in, and says what it is', async () => {
    const { files, archive } = await pack()
    expect(files.map(({ path }) => path)).toContain('Default/empty')
    for (const file of files) expect(SnapshotFile.parse(file)).toEqual(file)
    expect(archive.size_bytes).toBe(statSync(at('archive')).size)
    await unpack(files)
    for (const { path } of files) expect(readFileSync(at('restored', path)).equals(readFileSync(at('session', path)))).toBe(true)
  })

  it('is refused when a bit of it has changed, or it was cut off', async () => {
    const { files } = await pack()
    const whole = readFileSync(at('archive'))
    for (const place of [0, 10, 5_000, 200_000, whole.length - 20]) {
      const changed = Buffer.from(whole)
      changed[place]! ^= 1
      rmSync(at('restored'), { recursive: true, force: true })
      await expect(unpack(files, Readable.from([changed])), `bit at ${place}`).rejects.toThrow(SnapshotDamagedError)
    }
    rmSync(at('restored'), { recursive: true, force: true })
    truncateSync(at('archive'), whole.length - 1_000)
    await expect(unpack(files)).rejects.toThrow(SnapshotDamagedError)
  })

  it('is refused when it lacks a file that its manifest names, or holds one that it does not', async () => {
    const { files } = await pack()
    await expect(unpack([...files, { ...files[0]!, path: 'more' }])).rejects.toThrow('more is missing')
    rmSync(at('restored'), { recursive: true })
    await expect(unpack(files.slice(1))).rejects.toThrow('does not know')
  })

  it('writes nothing outside of its place, whatever its names are, and follows no links', async () => {
    const { files } = await pack()
    cpSync(at('session'), at('evil'), { recursive: true })
    symlinkSync('/etc', at('evil', 'etc'))
    const bytes = Readable.from(create({ cwd: at('evil'), portable: true }, ['etc', '../session/Local State']))
    await expect(unpack(files, bytes.pipe(createZstdCompress()))).rejects.toThrow(SnapshotDamagedError)
    expect(() => SnapshotFile.parse({ ...files[0], path: '../x' })).toThrow('below the session')
    expect(() => SnapshotFile.parse({ ...files[0], path: '/etc/passwd' })).toThrow('below the session')
  })

  it('tells of what its source throws as it is: the wire is not the archive', async () => {
    const { files } = await pack()
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(readFileSync(at('archive')).subarray(0, 1_000))
      throw new Error('the wire broke')
    }
    await expect(unpack(files, broken())).rejects.toThrow('the wire broke')
    await expect(unpack(files, broken())).rejects.not.toThrow(SnapshotDamagedError)
  })
})
