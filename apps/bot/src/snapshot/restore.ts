import { existsSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BOT_SNAPSHOT_PATH, SnapshotManifest, type SnapshotOffer } from '@zaptria/contract'
import type { Logger } from '../logger.ts'
import { messageOf } from '../engine/error.ts'
import { formerDirOf, profileDirOf } from '../session/profile.ts'
import { besideLink, credentials, type Access } from '../sinks/beside-link.ts'
import { SnapshotDamagedError, unpackSession } from './archive.ts'

const MOST_MS = 10 * 60_000

/** `unusable`: this one will never do, and the control plane knows; another may be offered. Anything else rejects, and may work later. */
export type Restored = 'restored' | 'unusable'

/**
 * Puts a session that was copied elsewhere into this volume. It is unpacked beside, and compared with its manifest, before it takes its place; what
 * was there before is kept beside it, until the new one is copied itself (taker.ts).
 */
export const createRestorer = (options: {
  dataDir: string
  access: Access
  grant: () => { volume_id: string; epoch: number }
  log: Logger
}) => {
  const { dataDir, access, log } = options
  const headers = credentials(access)
  const dir = join(dataDir, 'restore')

  const ask = async (id: string, path: string, init: RequestInit, signal: AbortSignal): Promise<Response> => {
    const url = besideLink(access.linkUrl, `${BOT_SNAPSHOT_PATH}/${id}${path}`)
    const { volume_id, epoch } = options.grant()
    url.search = new URLSearchParams({ volume_id, epoch: String(epoch) }).toString()
    const json = init.method === 'POST' ? { 'content-type': 'application/json' } : {}
    return fetch(url, { ...init, headers: { ...headers, ...json }, signal: AbortSignal.any([signal, AbortSignal.timeout(MOST_MS)]) })
  }
  const tell = async (id: string, path: string, body: object, signal: AbortSignal): Promise<void> => {
    const answer = await ask(id, path, { method: 'POST', body: JSON.stringify(body) }, signal)
    await answer.body?.cancel()
    if (!answer.ok) throw new Error(`the control plane answers ${answer.status}`)
  }
  const get = async (id: string, path: string, signal: AbortSignal): Promise<Response | null> => {
    const answer = await ask(id, path, {}, signal)
    if (answer.ok) return answer
    await answer.body?.cancel()
    if (answer.status === 410) return null
    throw new Error(`the control plane answers ${answer.status}`)
  }

  const fetchInto = async (id: string, into: string, signal: AbortSignal): Promise<Restored> => {
    const manifest = await get(id, '/manifest', signal)
    const archive = manifest === null ? null : await get(id, '', signal)
    if (manifest === null || archive?.body === null || archive === null) return 'unusable'
    const { files } = SnapshotManifest.parse(await manifest.json())
    await unpackSession(archive.body as AsyncIterable<Uint8Array>, into, files)
    return 'restored'
  }

  return {
    /** Tells the control plane that a session is in place, so that it is not offered again; when that fails, the next grant offers it once more. */
    async confirm({ snapshot_id: id }: SnapshotOffer, signal: AbortSignal): Promise<void> {
      await tell(id, '/restored', {}, signal).catch((error: unknown) =>
        log.warn({ err: error, snapshot: id }, 'nobody heard of the restore'),
      )
    },
    async restore({ snapshot_id: id, taken_at }: SnapshotOffer, signal: AbortSignal): Promise<Restored> {
      await rm(dir, { recursive: true, force: true })
      await mkdir(dir, { recursive: true, mode: 0o700 })
      const fresh = join(dir, 'session')
      try {
        if ((await fetchInto(id, fresh, signal)) === 'unusable') return 'unusable'
        await takePlace(fresh, profileDirOf(dataDir), formerDirOf(dataDir))
        log.warn({ snapshot: id, taken_at }, 'the session was restored from a snapshot')
        return 'restored'
      } catch (error) {
        if (!(error instanceof SnapshotDamagedError)) throw error
        log.error({ err: error, snapshot: id }, 'a snapshot cannot be used')
        await tell(id, '/unusable', { error: messageOf(error).slice(0, 1000) }, signal)
        return 'unusable'
      } finally {
        await rm(dir, { recursive: true, force: true }).catch(() => {})
      }
    },
  }
}
export type Restorer = ReturnType<typeof createRestorer>

const takePlace = async (fresh: string, place: string, before: string): Promise<void> => {
  // A power cut must not leave a session of empty files in its place.
  for (const entry of await readdir(fresh, { recursive: true, withFileTypes: true })) await toDisk(join(entry.parentPath, entry.name))
  await toDisk(fresh)
  if (existsSync(place)) {
    await rm(before, { recursive: true, force: true })
    await rename(place, before)
  }
  await rename(fresh, place)
  // On the disk before anybody is told.
  await toDisk(dirname(place))
}

/** A file; of a directory, the names in it. */
const toDisk = async (path: string): Promise<void> => {
  const handle = await open(path)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
