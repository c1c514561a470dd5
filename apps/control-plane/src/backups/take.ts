import type { Backup } from '@zaptria/contract'
import { VERSION } from '../version.ts'
import type { Archive } from './archive.ts'
import { connectionOf, holdBackupLock } from './database.ts'
import type { Server } from './database.ts'
import { findTools } from './tools.ts'
import type { PgPlace } from './tools.ts'

export type TakeDeps = {
  databaseUrl: string
  archive: Archive
  tools: PgPlace
  now: Date
  signal?: AbortSignal
}

/**
 * Takes a backup of the whole database and reads it back to its last byte: what it answers with is whole. Null when another one is being taken, or
 * `stillWanted`, asked once nobody else can take one, says no. Rejects when there is none now: whatever was put for it is gone, or no backup.
 */
export async function takeBackup(
  { databaseUrl, archive, tools: place, now, signal }: TakeDeps,
  stillWanted: (server: Server) => Promise<boolean> = () => Promise.resolve(true),
): Promise<Backup | null> {
  await using lock = await holdBackupLock(databaseUrl)
  if (lock === null || !(await stillWanted(lock.server))) return null
  const { major, version, migration, tenants } = lock.server
  const tools = await findTools(place, major)
  const { args, env } = connectionOf(databaseUrl)
  const applicationName = `zaptria backup ${now.getTime()}`
  const dump = tools.run('pg_dump', ['--format=custom', `--lock-wait-timeout=${LOCK_WAIT_MS}`, ...args], {
    env: { ...env, PGAPPNAME: applicationName },
    signal: signal === undefined ? lock.signal : AbortSignal.any([signal, lock.signal]),
  })
  // What hangs does not keep others from taking one.
  const letGo = (): void =>
    void lock
      .end(applicationName)
      .catch(() => {})
      .then(() => lock[Symbol.asyncDispose]())
  signal?.addEventListener('abort', letGo, { once: true })
  try {
    const backup = await archive.write(dump, { now, zaptria_version: VERSION, migration, postgres_version: version, tenants })
    try {
      await archive.verify(backup)
    } catch (error) {
      await archive.remove(backup.id).catch(() => {})
      throw error
    }
    return backup
  } catch (error) {
    // A program in a container does not end with whoever reads what it prints.
    await lock.end(applicationName).catch(() => {})
    throw error
  } finally {
    signal?.removeEventListener('abort', letGo)
    await dump.return(undefined)
  }
}

/** A migration holds what pg_dump wants for a moment; whoever holds it for longer is not waited for. */
const LOCK_WAIT_MS = 60_000
