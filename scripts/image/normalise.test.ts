import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { pack, type Header } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { normaliseConfig, type ImageConfig } from './normalise-image.ts'
import { normaliseEntries, normaliseLayer, readTar, type Entry } from './normalise-layer.ts'

const clamp = (_name: string, seconds: number): number => Math.min(seconds, 1000)

const entry = (name: string, header: Partial<Header> = {}, body = ''): Entry => ({
  header: { name, type: 'file', mode: 0o644, mtime: new Date(5_000_000), size: body.length, ...header },
  body: Buffer.from(body),
})
const link = (name: string, linkname: string): Entry => entry(name, { type: 'link', linkname })
const names = (entries: readonly Entry[]): string[] => entries.map(({ header }) => header.name)

async function layer(entries: readonly Entry[]): Promise<{ hash: string; tar: Buffer }> {
  const tar = pack()
  for (const { header, body } of entries) tar.entry(header, body)
  tar.finalize()
  const to = new PassThrough()
  const [hash, written] = await Promise.all([normaliseLayer(tar as unknown as Readable, to, clamp), buffer(to)])
  return { hash, tar: written }
}

describe('a normalised layer', () => {
  it('is the same whatever the order, the time and the builder’s names', async () => {
    const a = entry('etc/a', { uname: 'root', mtime: new Date(7_000_000) }, 'A')
    const b = entry('etc/b', { mtime: new Date(9_000_000) }, 'B')
    const one = await layer([entry('etc/', { type: 'directory' }), a, b])
    const other = await layer([
      { ...b, header: { ...b.header, gname: 'staff', mtime: new Date(8_000_000) } },
      { ...a, header: { ...a.header, name: './etc/a', uname: '' } },
      entry('./etc', { type: 'directory', mtime: new Date(6_000_000) }),
    ])
    expect(other.hash).toBe(one.hash)
  })

  it('differs when a byte, a mode or an owner does', async () => {
    const { hash } = await layer([entry('a', {}, 'A')])
    for (const other of [entry('a', {}, 'B'), entry('a', { mode: 0o755 }, 'A'), entry('a', { uid: 1 }, 'A')])
      expect((await layer([other])).hash).not.toBe(hash)
  })

  it('stays itself when it is normalised again', async () => {
    const first = await layer([
      entry('b', {}, 'B'),
      link('a', 'b'),
      entry('d', { type: 'directory' }),
      entry('d/l', { type: 'symlink', linkname: '../b' }),
    ])
    const again = await layer(await readTar(Readable.from([first.tar])))
    expect(again.hash).toBe(first.hash)
  })

  it('keeps times that are older than the limit', () => {
    const [old] = normaliseEntries([entry('a', { mtime: new Date(10_000) })], clamp)
    expect(old!.header.mtime).toEqual(new Date(10_000))
  })

  it('gives a file with several names its content under the first, whichever the tar began with', () => {
    const wanted = ['a', 'm', 'z']
    for (const of of wanted) {
      const others = wanted.filter((name) => name !== of)
      const made = normaliseEntries([...others.map((name) => link(name, `./${of}`)), entry(of, {}, 'text')], clamp)
      expect(names(made)).toEqual(wanted)
      expect(made.map(({ header, body }) => [header.type, header.linkname, body.toString()])).toEqual([
        ['file', undefined, 'text'],
        ['link', 'a', ''],
        ['link', 'a', ''],
      ])
    }
  })

  it('refuses another name of a file that it does not have', () => {
    expect(() => normaliseEntries([link('a', 'gone')], clamp)).toThrow('names a as another name of gone')
  })

  it('leaves out what ran while the image was made, and keeps the directories themselves', () => {
    const made = normaliseEntries(
      [
        ...['var/log/', 'var/log/apt/', 'var/cache/', 'tmp/', 'dev/', 'etc/'].map((name) => entry(name, { type: 'directory' })),
        ...['var/log/dpkg.log', 'var/cache/ldconfig/aux-cache', 'var/lib/dpkg/status-old', 'etc/passwd-', 'tmp/x', 'dev/null'].map((n) =>
          entry(n),
        ),
        ...['usr/lib/x/__pycache__/x.pyc', 'etc/passwd', 'var/lib/dpkg/status'].map((name) => entry(name)),
      ],
      clamp,
    )
    expect(names(made)).toEqual(['dev/', 'etc/', 'etc/passwd', 'tmp/', 'var/cache/', 'var/lib/dpkg/status', 'var/log/'])
  })

  it('keeps whiteouts, long names and extended attributes', async () => {
    const long = `${'directory/'.repeat(30)}file`
    const pax = { 'SCHILY.xattr.security.capability': 'x', mtime: '5000.25', comment: 'y' }
    const { tar } = await layer([entry('etc/.wh.gone'), entry(long, {}, 'deep'), entry('usr/bin/ping', { pax })])
    const read = await readTar(Readable.from([tar]))
    expect(names(read)).toEqual([long, 'etc/.wh.gone', 'usr/bin/ping'])
    expect(read[0]!.body.toString()).toBe('deep')
    // The writer repeats the name there.
    expect(read[2]!.header.pax).toEqual({ path: 'usr/bin/ping', 'SCHILY.xattr.security.capability': 'x' })
  })

  it('does not depend on the order for any set of files', async () => {
    const files = fc.uniqueArray(fc.record({ name: fc.stringMatching(/^[a-z]{1,4}(\/[a-zé]{1,4}){0,2}$/), body: fc.string() }), {
      selector: ({ name }) => name,
      maxLength: 8,
    })
    await fc.assert(
      fc.asyncProperty(files, fc.nat(), async (given, by) => {
        const entries = given.map(({ name, body }) => ({ ...entry(name), body: Buffer.from(body) }))
        const sized = entries.map(({ header, body }) => ({ header: { ...header, size: body.length }, body }))
        const turned = sized.map((_, i) => sized[(i + by) % sized.length]!)
        expect((await layer(turned)).hash).toBe((await layer(sized)).hash)
      }),
      { numRuns: 50 },
    )
  })
})

describe('a normalised description', () => {
  const config = (of: Partial<ImageConfig>): ImageConfig => ({
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: ['sha256:raw'] },
    ...of,
  })
  const created = '2026-01-01T00:00:00Z'

  it('loses containers, hosts and dates of the build', () => {
    const build = (n: number): ImageConfig =>
      config({
        created: `2026-11-2${n}T00:00:00Z`,
        container: `container${n}`,
        container_config: { Hostname: `host${n}` },
        docker_version: `20.10.${n}`,
        config: {
          Hostname: `host${n}`,
          Image: `sha256:parent${n}`,
          Env: ['A=1'],
          OnBuild: null,
          Labels: n === 1 ? { a: '1', b: '2' } : { b: '2', a: '1' },
        },
        history: [{ created: `2026-11-2${n}T00:00:00Z`, created_by: 'COPY x /x' }],
      })
    const one = normaliseConfig(build(1), ['abc'], created)
    expect(JSON.stringify(normaliseConfig(build(2), ['abc'], created))).toBe(JSON.stringify(one))
    expect(one).toMatchObject({ created, rootfs: { diff_ids: ['sha256:abc'] }, history: [{ created, created_by: 'COPY x /x' }] })
  })

  it('keeps what the container runs with', () => {
    const settings = {
      User: '10001',
      Env: ['PATH=/bin'],
      Cmd: ['x'],
      Entrypoint: ['/t'],
      Volumes: { '/data': {} },
      Healthcheck: { Test: ['CMD', 'h'] },
    }
    expect(normaliseConfig(config({ config: settings }), [], created).config).toEqual(settings)
  })
})
