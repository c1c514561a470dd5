import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Base } from './base.ts'
import { HOME, prepareContext, type ImageName } from './context.ts'
import { docker } from './docker.ts'
import { normaliseImage } from './normalise-image.ts'
import type { TimeOf } from './normalise-layer.ts'
import type { Source } from './source.ts'

/** On each image: the SHA-256 of all that it was made from. */
const INPUTS = 'zaptria.inputs'
/** No file of the system is younger than this: it must not say when the image was built, nor change with every commit. 2026-01-01. */
const SYSTEM_DATE = 1_767_225_600

/** Our own files bear the commit's date, because browsers ask whether the dashboard is younger than what they have. */
export const timesOf =
  (date: Date): TimeOf =>
  (name, seconds) =>
    name === HOME || name.startsWith(`${HOME}/`) ? Math.floor(date.getTime() / 1000) : Math.min(seconds, SYSTEM_DATE)

export type Built = {
  image: ImageName
  id: string
  tags: string[]
  built: boolean
  layers: { what: string; bytes: number }[]
  bytes: number
}

/** Builds one image unless the engine has one from the same inputs; throws a sentence when it cannot. */
export async function buildImage(
  image: ImageName,
  options: {
    root: string
    scratch: string
    architecture: string
    base: Base
    source: Source
    tags: string[]
    fresh: boolean
    tell: (text: string) => void
  },
): Promise<Built> {
  const { base, source, fresh, tell } = options
  const date = source.date
  const context = await prepareContext(image, { ...options, date })
  const labels: Record<string, string> = {
    'org.opencontainers.image.version': source.version,
    'org.opencontainers.image.created': date.toISOString(),
    ...(source.revision === undefined ? {} : { 'org.opencontainers.image.revision': source.revision }),
  }
  const inputs = createHash('sha256')
    .update(JSON.stringify([context.hash, base.content, labels, SYSTEM_DATE]))
    .digest('hex')
  const tags = options.tags.map((tag) => `zaptria/${image}:${tag}`)
  const before = fresh ? undefined : await docker.labelled(`zaptria/${image}`, `${INPUTS}=${inputs}`)
  let id = before
  if (id === undefined) {
    tell(`Building zaptria/${image} …`)
    const raw = await docker.build(context.dir, {
      args: { BASE: base.name },
      labels: { ...labels, [INPUTS]: inputs },
      cache: !fresh,
    })
    id = await normalise(raw, { scratch: options.scratch, tags, date })
    await keepForCache(image, raw)
  }
  // With the id known, the other tags cost nothing.
  for (const tag of tags) await docker.tag(id, tag)
  const layers = (await docker.layers(tags[0]!))
    .filter(({ bytes }) => bytes > 0)
    .map(({ by, bytes }, i) => ({ what: whatItIs(by, i), bytes }))
  return { image, id, tags, built: before === undefined, layers, bytes: layers.reduce((sum, { bytes }) => sum + bytes, 0) }
}

/** The builder before BuildKit takes its cache from images: the last one stays, under a name that says so, and replaces the one before. */
async function keepForCache(image: ImageName, raw: string): Promise<void> {
  const name = `zaptria/build-cache:${image}`
  const before = await docker.image(name)
  await docker.tag(raw, name)
  if (before !== null && before.id !== raw) await docker.remove(before.id)
}

async function normalise(raw: string, { scratch, tags, date }: { scratch: string; tags: string[]; date: Date }): Promise<string> {
  const dir = mkdtempSync(join(scratch, 'layers-'))
  try {
    const saved = docker.save(raw)
    const [image] = await Promise.all([
      normaliseImage(saved.archive, { scratch: dir, tags, created: date.toISOString(), timeOf: timesOf(date) }),
      saved.done,
    ])
    await docker.load(image.archive)
    const loaded = await docker.image(tags[0]!)
    if (loaded === null) throw new Error(`${tags[0]} is not there although docker load took it.`)
    return loaded.id
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** What a layer holds, from the step that made it. The base's own steps are whatever they are. */
function whatItIs(by: string, position: number): string {
  if (by.includes('/usr/local/bin/node')) return 'Node'
  if (by.includes('chromium-headless-shell')) return 'Chromium and its libraries'
  if (by.includes('openssh-client')) return 'ssh, for engines elsewhere'
  if (by.includes('ca-certificates')) return 'tini, certificates, libstdc++'
  if (by.includes('/etc/dpkg/dpkg.cfg.d')) return 'what of the packages is left out'
  if (by.includes('/etc/passwd')) return 'user and volume'
  if (/\bCOPY\b/.test(by)) return 'our own program'
  return position === 0 ? 'Debian' : 'other'
}
