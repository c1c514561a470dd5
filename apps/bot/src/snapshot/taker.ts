import { existsSync, rmSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { EngineName, SnapshotManifest } from '@zaptria/contract'
import { messageOf } from '../engine/error.ts'
import type { Engine } from '../engine/port.ts'
import type { Logger } from '../logger.ts'
import type { CommandReply } from '../outbox/commands.ts'
import { formerDirOf } from '../session/profile.ts'
import { VERSION } from '../version.ts'
import { packSession } from './archive.ts'
import { UnwantedSnapshotError, type SnapshotUpload } from './upload.ts'

/** From the command to the last part; the control plane has asked again by then. */
const MOST_MS = 30 * 60_000
/** A copy and its archive, and room for the browser to go on. */
const ROOM_BYTES = 100 * 1024 * 1024

/** Copies the session, and brings the copy to the control plane. One at a time. */
export const createSnapshotTaker = (options: {
  dataDir: string
  /** Connected, or null. */
  engine: () => Engine | null
  engineName: EngineName
  upload: SnapshotUpload
  /** Whose session it is, and where: read when the copy is taken. */
  about: () => Pick<SnapshotManifest, 'epoch' | 'volume_id'> & { number: string | null }
  freeBytes: () => number
  log: Logger
  mostMs?: number
}) => {
  const { upload, log } = options
  const dir = join(options.dataDir, 'snapshot')
  const archive = join(dir, 'archive')
  // What a bot that died in the middle of one has left: a copy of a session, in the room of the messages.
  rmSync(dir, { recursive: true, force: true })
  const closing = new AbortController()
  let underWay: { id: string; done: Promise<void> } | null = null

  const make = async (engine: Engine): Promise<SnapshotManifest> => {
    await rm(dir, { recursive: true, force: true })
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const { number, ...about } = options.about()
    if (number === null) throw new Error('the bot does not know its number')
    const copy = join(dir, 'session')
    const { heldMs, versions, marks } = await engine.copySession(copy, number)
    const packed = await packSession(copy, archive)
    await rm(copy, { recursive: true })
    return { format: 1, engine: options.engineName, bot_version: VERSION, ...about, ...versions, number, held_ms: heldMs, marks, ...packed }
  }

  const forget = async (former: string): Promise<void> => {
    try {
      await rm(former, { recursive: true, force: true })
      log.info('the session before the restore was removed')
    } catch (error) {
      log.warn({ err: error }, 'the session before the restore could not be removed: the next snapshot tries again')
    }
  }

  const take = async (id: string, engine: Engine): Promise<void> => {
    const late = AbortSignal.timeout(options.mostMs ?? MOST_MS)
    const signal = AbortSignal.any([closing.signal, late])
    const began = performance.now()
    const former = formerDirOf(options.dataDir)
    // One that comes there while this copy is on its way has nothing to do with it.
    const isOutlived = existsSync(former)
    let last: unknown = null
    try {
      const manifest = await make(engine)
      const { archive: packed, files, held_ms } = manifest
      log.info({ snapshot: id, held_ms, files: files.length, bytes: packed.size_bytes }, 'the session was copied')
      await upload.bring(id, manifest, archive, signal, (error) => {
        last = error
        log.warn({ err: error, snapshot: id }, 'a snapshot could not be brought yet')
      })
      log.info({ snapshot: id, ms: Math.round(performance.now() - began) }, 'the snapshot is with the control plane')
      // The session that took its place is connected, and safe elsewhere.
      if (isOutlived) await forget(former)
    } catch (error) {
      if (closing.signal.aborted) return
      log.error({ err: error, snapshot: id }, 'no snapshot could be taken')
      if (error instanceof UnwantedSnapshotError) return
      const why = late.aborted && last !== null ? `It could not be brought in time: ${messageOf(last)}.` : messageOf(error)
      await upload.fail(id, why, closing.signal).catch(() => {})
    } finally {
      await rm(dir, { recursive: true, force: true }).catch(() => {})
    }
  }

  return {
    command({ snapshot_id: id }: { snapshot_id: string }): CommandReply {
      if (underWay?.id === id) return { ok: true }
      if (underWay !== null) return { ok: false, error: 'Another snapshot is being taken.' }
      const engine = options.engine()
      if (engine === null) return { ok: false, error: 'The session is not connected.' }
      if (options.freeBytes() < ROOM_BYTES) return { ok: false, error: 'The volume has no room for a copy of the session.' }
      underWay = {
        id,
        done: take(id, engine).finally(() => {
          underWay = null
        }),
      }
      return { ok: true }
    },
    async close(): Promise<void> {
      closing.abort()
      await underWay?.done
    },
  }
}
export type SnapshotTaker = ReturnType<typeof createSnapshotTaker>
