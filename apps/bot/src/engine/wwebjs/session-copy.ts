import { constants } from 'node:fs'
import { copyFile, link, lstat, mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EngineError } from '../error.ts'
import { missingTables } from './leveldb.ts'

/**
 * What of a profile is the session (seen: 30 of 30 copies of these came up without a QR). Caches, code caches and the browser's own services
 * make up the rest of a profile, most of its size, and are made anew.
 */
const SESSION = [
  'Local State',
  'Default/IndexedDB',
  'Default/Local Storage',
  // Databases of a page's own storage buckets; beside them lie its caches.
  'Default/WebStorage',
  'Default/Preferences',
  'Default/Cookies',
  'Default/Cookies-journal',
  'Default/Network',
]
const CACHES = /^Default\/WebStorage\/(?!.*\/IndexedDB\/)/

/** Relative paths of the session's files. */
export const sessionFiles = async (userDataDir: string): Promise<string[]> => {
  const found: string[] = []
  const walk = async (path: string): Promise<void> => {
    const stat = await lstat(join(userDataDir, path)).catch(() => null)
    if (stat?.isFile() === true) found.push(path)
    if (stat?.isDirectory() !== true) return
    for (const name of (await readdir(join(userDataDir, path))).toSorted()) await walk(join(path, name))
  }
  for (const path of SESSION) await walk(path)
  // LevelDB's lock and notes belong to its process.
  return found.filter((path) => !CACHES.test(path) && !/\/(LOCK|LOG|LOG\.old)$/.test(path))
}

/**
 * Copies the session's files while nobody writes them. A LevelDB table is never changed once it has its name, so that another name for it is
 * a copy, at no cost in time or space.
 */
export const copySessionFiles = async (userDataDir: string, into: string, signal: AbortSignal): Promise<void> => {
  for (const path of await sessionFiles(userDataDir)) {
    if (signal.aborted) throw new EngineError('page_timeout', 'the copy of the session took too long', { cause: signal.reason })
    const [from, to] = [join(userDataDir, path), join(into, path)]
    await mkdir(dirname(to), { recursive: true, mode: 0o700 })
    if (path.endsWith('.ldb') && (await linked(from, to))) continue
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  }
}

const linked = (from: string, to: string): Promise<boolean> =>
  link(from, to).then(
    () => true,
    () => false,
  )

/** @throws when a database of the copy lacks a table that it says it has: it would open as another, or not at all */
export const proveCopy = async (dir: string): Promise<void> => {
  const missing = await missingTables(dir)
  if (missing.length > 0) throw new EngineError('engine_starting', `the copy of the session is not whole: ${missing.join(', ')}`)
}
