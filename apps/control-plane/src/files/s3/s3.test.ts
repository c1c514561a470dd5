import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import type { LookupFunction } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { startS3, waitFor } from '@zaptria/lab/testing'
import type { S3, S3Trouble } from '@zaptria/lab/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { describeObjectStore } from '../conformance-objects.ts'
import { describeFileStore } from '../conformance.ts'
import { FileAwayError } from '../port.ts'
import type { S3Settings } from './client.ts'
import { createS3Store } from './index.ts'
import type { S3Store, S3StoreOptions } from './index.ts'

const spoolDir = mkdtempSync(path.join(tmpdir(), 'zaptria-spool-'))
const stack = new AsyncDisposableStack()
let s3: S3
beforeAll(async () => {
  s3 = await startS3()
  stack.defer(() => s3.close())
})
beforeEach(() => {
  s3.trouble = () => undefined
  s3.pageSize = 1_000
  s3.asked.length = 0
})
afterAll(async () => {
  await stack.disposeAsync()
  rmSync(spoolDir, { recursive: true, force: true })
})

const settings = (): S3Settings => ({
  ...s3.credentials,
  endpoint: s3.endpoint,
  bucket: s3.bucket,
  prefix: 'zaptria/media',
  pathStyle: true,
})
const open = (given: Partial<S3Settings> = {}, options: Partial<S3StoreOptions> = {}): S3Store => {
  const store = createS3Store({ ...settings(), ...given }, { spoolDir, ...options })
  stack.defer(() => store.close())
  return store
}
/** Names below an address, as a wildcard in DNS has them. */
const wildcard: LookupFunction = (_name, options, done) =>
  options.all === true ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)
const byHost = (): S3Store => open({ pathStyle: false, endpoint: s3.namedEndpoint }, { lookup: wildcard })

const once = <T extends () => unknown>(make: T): (() => ReturnType<T>) => {
  let made: ReturnType<T> | undefined
  return () => (made ??= make() as ReturnType<T>)
}
describeFileStore('s3, the bucket in the path', once(open))
describeFileStore('s3, the bucket in the host', once(byHost))
describeFileStore('s3, listed page by page', () => {
  s3.pageSize = 2
  return open()
})
describeObjectStore('s3', (folder) => open({ prefix: 'objects' }).objects(folder))

const elsewhere = process.env['TEST_S3']
if (elsewhere !== undefined)
  describeFileStore(
    's3, of another make',
    once(() => createS3Store(JSON.parse(elsewhere) as S3Settings, { spoolDir })),
  )

const limits = { maxBytes: 10_000_000 }
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100_000) yield await Promise.resolve(bytes.subarray(at, at + 100_000))
}
const whole = async (stream: Readable | null): Promise<Buffer> => Buffer.concat(await (stream?.toArray() ?? []))
/** Trouble with the first request of each kind. */
const onceEach = (trouble: S3Trouble) => {
  const seen = new Set<string>()
  return ({ method, key }: { method: string; key: string }): S3Trouble | undefined => {
    const kind = `${method} ${key}`
    if (seen.has(kind)) return undefined
    seen.add(kind)
    return trouble
  }
}

describe('a bucket that is in trouble', () => {
  it.each(['SlowDown', 'InternalError', 'refuse', 'lose', 'cut', 'silence', 'XAmzContentSHA256Mismatch'] as const)(
    'once, with %s, is asked again, and nobody is told',
    async (trouble) => {
      const store = open({ prefix: `once-${trouble}` }, { silenceMs: 500 })
      const tenant = randomUUID()
      const bytes = randomBytes(500_000)
      s3.trouble = onceEach(trouble)
      const { sha256 } = await store.put(tenant, pieces(bytes), limits)
      expect((await whole(await store.get(tenant, sha256))).equals(bytes)).toBe(true)
      s3.trouble = onceEach(trouble)
      expect((await whole(await store.get(tenant, sha256, { start: 100, end: 400_000 }))).equals(bytes.subarray(100, 400_001))).toBe(true)
      const listed = []
      for await (const file of store.list()) listed.push(file.sha256)
      expect(listed).toEqual([sha256])
      await store.delete(tenant, sha256)
      expect(await store.get(tenant, sha256)).toBeNull()
      const puts = s3.asked.filter(({ method }) => method === 'PUT')
      // Of an answer without a body nothing can be cut.
      expect(puts).toHaveLength(trouble === 'cut' ? 1 : 2)
    },
  )

  it.each(['SlowDown', 'refuse', 'AccessDenied', 'NoSuchBucket', 'silence'] as const)(
    'for long, with %s, is away to whoever puts, reads, lists and deletes',
    async (trouble) => {
      const store = open({}, { deadlineMs: 300, silenceMs: 200 })
      s3.trouble = () => trouble
      const tenant = randomUUID()
      const list = async (): Promise<void> => {
        for await (const _ of store.list()) expect.unreachable()
      }
      for (const asked of [
        () => store.put(tenant, pieces(randomBytes(300_000)), limits),
        () => store.get(tenant, 'a'.repeat(64)),
        () => store.delete(tenant, 'a'.repeat(64)),
        list,
      ])
        await expect(asked()).rejects.toThrow(FileAwayError)
      s3.trouble = () => undefined
      for await (const file of store.list()) expect(file.tenantId).not.toBe(tenant)
    },
  )

  it('says what and where, and no secret', async () => {
    const store = open({ endpoint: 'http://127.0.0.1:1' }, { deadlineMs: 100 })
    const error = await store.get(randomUUID(), 'a'.repeat(64)).then(
      () => expect.unreachable(),
      (thrown: unknown) => thrown as Error,
    )
    expect(error.message).toMatch(/bucket zaptria-files at http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/)
    expect(JSON.stringify(error)).not.toContain(s3.credentials.secretAccessKey)
  })

  it('breaks off a file that never comes whole, and does not call it whole', async () => {
    const store = open()
    const tenant = randomUUID()
    const { sha256 } = await store.put(tenant, pieces(randomBytes(500_000)), limits)
    let asked = 0
    // The second half of what is left, and the second half of that, and at its end nothing at all.
    s3.trouble = () => ((asked += 1) > 3 ? 'AccessDenied' : 'cut')
    const stream = await store.get(tenant, sha256)
    await expect(whole(stream)).rejects.toThrow('AccessDenied')
    expect(asked).toBe(4)
  })
})

describe('the store of a bucket', () => {
  it('asks for no more of a file than is read, and lets go of it', async () => {
    const store = open({}, { silenceMs: 5_000 })
    const tenant = randomUUID()
    const { sha256 } = await store.put(tenant, pieces(randomBytes(8_000_000)), limits)
    const stream = await store.get(tenant, sha256)
    for await (const chunk of stream!) {
      expect((chunk as Buffer).length).toBeGreaterThan(0)
      break
    }
    await waitFor(() => stream!.closed, { what: 'the stream closed' })
    expect(s3.asked.filter(({ method }) => method === 'GET')).toHaveLength(1)
    const unread = await store.get(tenant, sha256)
    unread!.destroy()
    await waitFor(() => unread!.closed, { what: 'the stream that nobody read closed' })
    // In the middle of a wait.
    s3.trouble = ({ headers }) => (headers.range === undefined ? 'cut' : 'silence')
    const waiting = await store.get(tenant, sha256)
    waiting!.on('error', () => {}).resume()
    await waitFor(() => s3.asked.length === 5, { what: 'the rest asked for' })
    waiting!.destroy()
    await waitFor(() => s3.open() === 0, { timeoutMs: 2_000, what: 'the connection closed' })
  })

  it('ends at once while a request is tried again', async () => {
    const store = createS3Store(settings(), { spoolDir })
    s3.trouble = () => 'SlowDown'
    const asked = store.get(randomUUID(), 'a'.repeat(64)).catch((error: unknown) => error)
    await waitFor(() => s3.asked.length > 1, { what: 'a second try' })
    await store.close()
    expect(await asked).toBeInstanceOf(FileAwayError)
  })

  it('signs what a file is, and keeps it under its tenant', async () => {
    const tenant = randomUUID()
    const bytes = randomBytes(1_000)
    await open().put(tenant, pieces(bytes), limits)
    expect(s3.asked).toMatchObject([
      {
        method: 'PUT',
        key: `zaptria/media/${tenant}/${hashOf(bytes)}`,
        headers: { 'x-amz-content-sha256': hashOf(bytes), 'content-length': '1000' },
      },
    ])
  })

  it('lists nothing that is not its own', async () => {
    const object = { bytes: Buffer.from('x'), etag: '""', type: '', modified: new Date() }
    for (const key of ['mine/readme <&>\u0001.txt', `mine/${randomUUID()}/x`, `mine2/${randomUUID()}/${'a'.repeat(64)}`])
      s3.objects.set(key, object)
    for await (const file of open({ prefix: 'mine' }).list()) expect.unreachable(file.sha256)
    expect(s3.asked).toHaveLength(1)
  })

  it('takes nothing while its own disk takes nothing, and says which', async () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'zaptria-spool-')), 'file')
    stack.defer(() => rmSync(path.dirname(file), { recursive: true, force: true }))
    await writeFile(file, '')
    const bytes = (async function* () {
      yield await Promise.resolve(randomBytes(10))
    })()
    const put = open({}, { spoolDir: path.join(file, 'spool') }).put(randomUUID(), bytes, { maxBytes: 10 })
    await expect(put).rejects.toMatchObject({
      name: 'FileAwayError',
      message: expect.stringContaining(`${file}/spool: its directory is not there`),
    })
  })

  it('leaves nothing on the disk, and cleans up after a put that was killed a day ago', async () => {
    const store = open()
    await store.put(randomUUID(), pieces(randomBytes(1_000)), limits)
    await expect(store.put(randomUUID(), pieces(randomBytes(1_000)), { maxBytes: 1 })).rejects.toThrow('larger')
    await mkdir(spoolDir, { recursive: true })
    expect(await readdir(spoolDir)).toEqual([])
    for (const name of ['old', 'young']) await writeFile(path.join(spoolDir, name), '')
    const before = new Date(Date.now() - 25 * 3600_000)
    await utimes(path.join(spoolDir, 'old'), before, before)
    await store.clean(new Date())
    expect(await readdir(spoolDir)).toEqual(['young'])
  })

  it.each(['../../etc', 'x', ''])('takes no tenant "%s"', async (tenant) => {
    await expect(open().get(tenant, 'a'.repeat(64))).rejects.toThrow('not a tenant')
  })

  it('holds little of a large file in memory, both ways', async () => {
    const program = path.join(import.meta.dirname, 'testing.ts')
    const { stdout } = await promisify(execFile)(process.execPath, [program, spoolDir, JSON.stringify(settings()), '160'])
    const { before, after, bytes } = JSON.parse(stdout) as { before: number; after: number; bytes: number }
    expect(bytes).toBe(2 * 160 * 1024 * 1024)
    // Of what has passed some waits for the garbage collection: as much of a larger file.
    expect(after - before).toBeLessThan(90 * 1024 * 1024)
  })
})

describe('the check at the start', () => {
  it('is content with a bucket that can be used, and leaves nothing in it', async () => {
    await open({ prefix: 'checked' }).check()
    expect([...s3.objects.keys()].filter((key) => key.startsWith('checked/'))).toEqual([])
    expect(s3.asked.map(({ method }) => method)).toEqual(['GET', 'PUT', 'GET', 'DELETE'])
  })

  it.each([
    ['a bucket that does not exist', { bucket: 'nobodys' }, /bucket nobodys at http.*NoSuchBucket[^]*ZAPTRIA_MEDIA_S3_BUCKET/],
    ['an unknown key', { accessKeyId: 'AKIDX' }, /InvalidAccessKeyId[^]*no key AKIDX: correct ZAPTRIA_MEDIA_S3_ACCESS_KEY_ID/],
    ['a wrong secret', { secretAccessKey: 'wrong-secret' }, /SignatureDoesNotMatch[^]*ZAPTRIA_MEDIA_S3_SECRET_ACCESS_KEY/],
    ['another region', { region: 'eu-central-1' }, /not in the region eu-central-1 but in sa-east-1: correct ZAPTRIA_MEDIA_S3_REGION/],
  ])('names %s', async (_, given, message) => {
    const error = await open(given)
      .check()
      .catch((thrown: unknown) => thrown as Error)
    expect(String(error)).toMatch(message)
    expect(String(error)).not.toContain('wrong-secret')
  })

  it.each([
    ['write', 'PUT'],
    ['delete', 'DELETE'],
  ])('names that the key may not %s', async (doing, method) => {
    s3.trouble = (asked) => (asked.method === method ? 'AccessDenied' : undefined)
    await expect(open().check()).rejects.toThrow(`may not ${doing}: give it ListBucket`)
  })

  it('cannot tell while nobody answers', async () => {
    await expect(open({ endpoint: 'http://127.0.0.1:1' }, { deadlineMs: 100 }).check()).rejects.toThrow(FileAwayError)
  })

  it('knows an address where no S3 is', async () => {
    const { createServer } = await import('node:http')
    const other = createServer((_, response) => response.end('<h1>Welcome</h1>')).listen(0, '127.0.0.1')
    stack.defer(() => void other.close())
    await waitFor(() => other.listening, { what: 'the other server' })
    const { port } = other.address() as { port: number }
    await expect(open({ endpoint: `http://127.0.0.1:${port}` }).check()).rejects.toThrow('ZAPTRIA_MEDIA_S3_ENDPOINT')
  })
})
