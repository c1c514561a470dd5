import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { extract, pack } from 'tar-stream'
import { normaliseLayer, type TimeOf } from './normalise-layer.ts'

type History = { created?: string; created_by?: string; comment?: string; empty_layer?: boolean; author?: string }
type Settings = Record<string, unknown>
export type ImageConfig = {
  architecture: string
  os: string
  variant?: string
  created?: string
  config?: Settings
  history?: History[]
  rootfs: { type: string; diff_ids: string[] }
} & Settings

/** Names of the machine and of the steps that built the image; all else in `config` is what the container runs with. */
const OF_THE_BUILD = new Set([
  'Hostname',
  'Domainname',
  'Image',
  'AttachStdin',
  'AttachStdout',
  'AttachStderr',
  'Tty',
  'OpenStdin',
  'StdinOnce',
  'OnBuild',
])

/** The image's description without what differs between two builds of the same: containers' ids, dates, the engine's version. */
export function normaliseConfig(config: ImageConfig, diffIds: readonly string[], created: string): ImageConfig {
  const settings = Object.entries(config.config ?? {})
    .filter(([key, value]) => !OF_THE_BUILD.has(key) && value !== null && value !== undefined)
    .map(([key, value]) => [key, key === 'Labels' || key === 'Volumes' ? sorted(value as Settings) : value] as const)
  return {
    architecture: config.architecture,
    os: config.os,
    ...(config.variant === undefined || config.variant === '' ? {} : { variant: config.variant }),
    created,
    config: sorted(Object.fromEntries(settings)),
    rootfs: { type: 'layers', diff_ids: diffIds.map((id) => `sha256:${id}`) },
    history: (config.history ?? []).map(({ created_by, comment, empty_layer }) => ({
      created,
      ...(created_by === undefined ? {} : { created_by }),
      ...(comment === undefined || comment === '' ? {} : { comment }),
      ...(empty_layer === true ? { empty_layer } : {}),
    })),
  }
}

function sorted<T extends Settings>(value: T): T {
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) as T
}

export type Normalised = { id: string; layers: { diffId: string; bytes: number; by: string }[]; archive: Readable }

/**
 * Takes what `docker save` prints and makes what `docker load` reads: the same image, but the same input always makes the same id.
 * `scratch` holds the layers meanwhile; the caller removes it once the archive was read.
 */
export async function normaliseImage(
  saved: Readable,
  options: { scratch: string; tags: string[]; created: string; timeOf: TimeOf },
): Promise<Normalised> {
  const { scratch, tags, created, timeOf } = options
  const links = await unpack(saved, scratch)
  const json = async <T>(name: string): Promise<T> => JSON.parse(await readFile(join(scratch, name), 'utf8')) as T
  const [manifest] = await json<{ Config: string; Layers: string[] }[]>('manifest.json')
  if (manifest === undefined) throw new Error('docker save gave no image.')
  const config = await json<ImageConfig>(manifest.Config)
  const steps = (config.history ?? []).filter((step) => step.empty_layer !== true)
  const layers: (Normalised['layers'][number] & { file: string })[] = []
  for (const [i, name] of manifest.Layers.entries()) {
    const file = join(scratch, `normalised-${i}.tar`)
    const written = createWriteStream(file)
    const diffId = await normaliseLayer(await openLayer(join(scratch, links.get(name) ?? name)), written, timeOf)
    layers.push({ diffId, bytes: written.bytesWritten, by: steps[i]?.created_by ?? '', file })
  }
  const text = Buffer.from(
    JSON.stringify(
      normaliseConfig(
        config,
        layers.map((layer) => layer.diffId),
        created,
      ),
    ),
  )
  const id = createHash('sha256').update(text).digest('hex')
  const index = [{ Config: `${id}.json`, RepoTags: tags, Layers: layers.map(({ diffId }) => `${diffId}.tar`) }]
  return {
    id: `sha256:${id}`,
    layers: layers.map(({ diffId, bytes, by }) => ({ diffId, bytes, by })),
    archive: Readable.from(
      archive(layers, [
        [`${id}.json`, text],
        ['manifest.json', Buffer.from(JSON.stringify(index))],
      ]),
    ),
  }
}

async function* archive(
  layers: readonly { diffId: string; bytes: number; file: string }[],
  files: [string, Buffer][],
): AsyncGenerator<Buffer> {
  const tar = pack()
  const mtime = new Date(0)
  const filled = (async () => {
    const written = new Set<string>()
    for (const { diffId, bytes, file } of layers) {
      if (written.has(diffId)) continue
      written.add(diffId)
      await pipeline(createReadStream(file), tar.entry({ name: `${diffId}.tar`, size: bytes, mtime }))
    }
    for (const [name, body] of files) tar.entry({ name, mtime }, body)
    tar.finalize()
  })().catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))))
  yield* tar as unknown as AsyncIterable<Buffer>
  await filled
}

/** Engines before 25 save a layer that comes twice as a link to the first; returns those. */
async function unpack(saved: Readable, scratch: string): Promise<Map<string, string>> {
  await rm(scratch, { recursive: true, force: true })
  const links = new Map<string, string>()
  const reader = extract()
  const done = pipeline(saved, reader)
  for await (const entry of reader) {
    const name = normalize(entry.header.name)
    if (name.startsWith('..') || name.startsWith('/')) throw new Error(`docker save gave a file outside its archive: ${name}`)
    if (entry.header.type === 'symlink') links.set(name, normalize(join(dirname(name), entry.header.linkname ?? '')))
    if (entry.header.type !== 'file') {
      entry.resume()
      continue
    }
    const file = join(scratch, name)
    await mkdir(dirname(file), { recursive: true })
    await pipeline(entry, createWriteStream(file))
  }
  await done
  return links
}

/** Engines that keep their images in containerd save layers as they came: compressed, some of them. */
async function openLayer(file: string): Promise<Readable> {
  const start: Buffer[] = []
  for await (const chunk of createReadStream(file, { end: 3 })) start.push(chunk as Buffer)
  const magic = Buffer.concat(start).toString('hex')
  const stream = createReadStream(file)
  if (magic.startsWith('1f8b')) return stream.pipe(createGunzip())
  return magic === '28b52ffd' ? stream.pipe(createZstdDecompress()) : stream
}
