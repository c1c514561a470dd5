import { ImageInspect, PullProgress } from './answers.ts'
import { EngineAnswer, type EngineClient } from '@zaptria/docker'

export type RegistryAuth = { username: string; password: string; serveraddress?: string | undefined }

/** Large images on slow lines; the engine goes on by itself should we not wait any more. */
const PULL_MS = 30 * 60_000

/**
 * The id of an image, pulled when the engine has none of that name. A tag is looked up once in the life of this process: what runs is pinned by
 * its id, and a tag that moves changes nothing until the next start.
 */
export function createImages(client: EngineClient, auth: RegistryAuth | undefined) {
  const pinned = new Map<string, Promise<string>>()

  const find = async (reference: string): Promise<string | null> => {
    try {
      return ImageInspect.parse(await client.call('GET', `/images/${reference}/json`)).Id
    } catch (error) {
      if (error instanceof EngineAnswer && error.status === 404) return null
      throw error
    }
  }
  const pull = async (reference: string): Promise<void> => {
    const { name, tag } = splitReference(reference)
    const headers = auth === undefined ? {} : { 'x-registry-auth': Buffer.from(JSON.stringify(auth)).toString('base64url') }
    const progress = client.lines('POST', '/images/create', {
      query: { fromImage: name, tag },
      headers,
      timeoutMs: PULL_MS,
      signal: AbortSignal.timeout(PULL_MS),
    })
    for await (const line of progress) {
      const { error } = PullProgress.parse(line)
      if (error !== undefined) throw new Error(error)
    }
  }
  const resolve = async (reference: string): Promise<string> => {
    const found = await find(reference)
    if (found !== null) return found
    try {
      if (!mayPull(reference)) throw new Error('a name without a registry is never pulled: anybody could own it on a public one')
      await pull(reference)
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error)
      throw new Error(
        `the image ${reference} is not on the server and cannot be pulled: ${said}. Build it there (npm run image), or set ZAPTRIA_BOT_IMAGE and ZAPTRIA_REGISTRY_AUTH`,
        { cause: error },
      )
    }
    const pulled = await find(reference)
    if (pulled === null) throw new Error(`the image ${reference} was pulled, and is not there`)
    return pulled
  }

  const pin = (reference: string): Promise<string> => {
    const pinning = pinned.get(reference) ?? resolve(reference)
    pinned.set(reference, pinning)
    pinning.catch(() => pinned.delete(reference))
    return pinning
  }

  return {
    pin,
    /** The pinned id without a pull, which may take minutes; null when the engine has no such image. */
    known: async (reference: string): Promise<string | null> => ((await find(reference)) === null ? null : pin(reference)),
    /** The pinned image was removed from the engine: look again. */
    forget: (reference: string): void => void pinned.delete(reference),
  }
}
export type Images = ReturnType<typeof createImages>

/** Whoever owned `zaptria/bot` on a public registry would be run with every customer's session: only a registry or a digest that was named is asked. */
export function mayPull(reference: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(reference) || /^(localhost|[^/]*[.:][^/]*)\//.test(reference)
}

/** `registry:5000/name:tag`, `name@sha256:…`, `name`: the engine wants the last part apart, and pulls every tag when it is missing. */
export function splitReference(reference: string): { name: string; tag: string } {
  const [name = '', digest] = reference.split('@')
  if (digest !== undefined) return { name: name.replace(/:[^:/]+$/, ''), tag: digest }
  const found = /^(.+):([^:/]+)$/.exec(name)
  return found === null ? { name, tag: 'latest' } : { name: found[1] ?? '', tag: found[2] ?? '' }
}
