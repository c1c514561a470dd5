import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { BOT_SNAPSHOT_PATH, partsOfSnapshot, SNAPSHOT_PART_BYTES, SnapshotBegun, type SnapshotManifest } from '@zaptria/contract'
import { pause } from '../engine/deadline.ts'
import { besideLink, credentials, type Access } from '../sinks/beside-link.ts'

/** One request may take so long, a part at the slowest rate among them. */
const MOST_MS = 10 * 60_000
const RETRY_MS = { least: 1_000, most: 30_000 }

/** The control plane does not want the snapshot, now or any more. */
export class UnwantedSnapshotError extends Error {
  constructor(status: number) {
    super(`the control plane does not want this snapshot (${status})`)
    this.name = 'UnwantedSnapshotError'
  }
}

/** Brings archives to the control plane, part by part; what is there already is not brought again. */
export const createSnapshotUpload = (access: Access, retryMs = RETRY_MS) => {
  const base = besideLink(access.linkUrl, BOT_SNAPSHOT_PATH)
  const headers = credentials(access)

  const ask = async (path: string, type: Record<string, string>, init: RequestInit, signal: AbortSignal): Promise<Response> => {
    const url = new URL(base)
    const [place, query = ''] = path.split('?')
    url.pathname = `${base.pathname}/${place}`
    url.search = query
    const answer = await fetch(url, {
      ...init,
      headers: { ...headers, ...type },
      signal: AbortSignal.any([signal, AbortSignal.timeout(MOST_MS)]),
    })
    if (answer.ok) return answer
    await answer.body?.cancel()
    if (answer.status === 404 || answer.status === 410) throw new UnwantedSnapshotError(answer.status)
    throw new Error(`the control plane answers ${answer.status}`)
  }
  const post = (path: string, body: unknown, signal: AbortSignal): Promise<Response> =>
    ask(path, { 'content-type': 'application/json' }, { method: 'POST', body: JSON.stringify(body) }, signal)

  const putPart = async (id: string, archive: string, nr: number, rate: number, signal: AbortSignal): Promise<void> => {
    const range = { start: nr * SNAPSHOT_PART_BYTES, end: (nr + 1) * SNAPSHOT_PART_BYTES - 1 }
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(archive, range)) hash.update(chunk as Buffer)
    const body = ReadableStream.from(slowly(createReadStream(archive, range) as AsyncIterable<Buffer>, rate, signal))
    const path = `${id}/parts/${nr}?sha256=${hash.digest('hex')}`
    const answer = await ask(path, { 'content-type': 'application/octet-stream' }, { method: 'PUT', body, duplex: 'half' }, signal)
    await answer.body?.cancel()
  }

  const once = async (id: string, manifest: SnapshotManifest, archive: string, signal: AbortSignal): Promise<void> => {
    const begun = SnapshotBegun.parse(await (await post(id, manifest, signal)).json())
    const count = partsOfSnapshot(manifest)
    for (let nr = 0; nr < count; nr++) if (!begun.parts.includes(nr)) await putPart(id, archive, nr, begun.bytes_per_second, signal)
    await (await post(`${id}/finish`, {}, signal)).body?.cancel()
  }

  return {
    /**
     * Tries again until it is there, nobody wants it, or `signal`. Rejects with an UnwantedSnapshotError, or with what the signal says.
     */
    async bring(
      id: string,
      manifest: SnapshotManifest,
      archive: string,
      signal: AbortSignal,
      onFailure: (error: unknown) => void,
    ): Promise<void> {
      for (let waitMs = retryMs.least; ; waitMs = Math.min(waitMs * 2, retryMs.most)) {
        try {
          return await once(id, manifest, archive, signal)
        } catch (error) {
          if (error instanceof UnwantedSnapshotError || signal.aborted) throw error
          onFailure(error)
          await pause(waitMs, signal)
        }
      }
    },
    /** There will be none, and why. */
    async fail(id: string, error: string, signal: AbortSignal): Promise<void> {
      await (await post(`${id}/failed`, { error: error.slice(0, 1000) }, signal)).body?.cancel()
    },
  }
}
export type SnapshotUpload = ReturnType<typeof createSnapshotUpload>

/** No faster than so many bytes in a second, counted from its beginning. */
async function* slowly(bytes: AsyncIterable<Uint8Array>, bytesPerSecond: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const began = performance.now()
  let sent = 0
  for await (const chunk of bytes) {
    const early = (sent / bytesPerSecond) * 1000 - (performance.now() - began)
    if (early > 1) await pause(early, signal)
    sent += chunk.length
    yield chunk
  }
}
