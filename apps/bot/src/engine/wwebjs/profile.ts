import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { EngineError, messageOf } from '../error.ts'
import { mendLogs } from './leveldb.ts'
import { killAll, processesOnProfile, waitUntilGone } from './processes.ts'

/** Chromium's own directory below the engine's. */
export const SESSION_DIR = 'session'

/** The session's place on the volume, held by this process alone until `release`. */
export type Profile = { userDataDir: string; release: () => void }

/**
 * headless-shell has no lock: two of them would open one profile and ruin it. So a lock of our own, of SQLite's kind: the kernel lets go
 * of it when its holder dies, whatever way.
 */
const lock = (file: string): (() => void) => {
  const database = new DatabaseSync(file)
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    throw new EngineError('volume_locked', `another process has this session open (${messageOf(error)})`, { cause: error })
  }
  return () => {
    if (database.isOpen) database.close()
  }
}

/**
 * Another Chromium under an old profile can lose it ("Execution context was destroyed"). The image pins the browser; should it change
 * nevertheless, a copy of the profile as it was is kept beside it, one generation.
 */
const keepCopyBeforeNewBrowser = (profileDir: string, userDataDir: string, browser: string): boolean => {
  const { size, mtimeMs } = statSync(browser)
  const identity = `${browser} ${size} ${Math.trunc(mtimeMs)}\n`
  const note = join(profileDir, 'browser.txt')
  const before = existsSync(note) ? readFileSync(note, 'utf8') : null
  if (before === identity) return false
  const changed = before !== null && existsSync(userDataDir)
  if (changed) {
    const copy = join(profileDir, 'session.before-new-browser')
    rmSync(copy, { recursive: true, force: true })
    cpSync(userDataDir, copy, { recursive: true, filter: (path) => !/\/(Cache|Code Cache|GPUCache|Singleton\w+)$/.test(path) })
  }
  writeFileSync(note, identity)
  return changed
}

/** A lock from another hostname (= every restart of a container) makes Chromium exit with 21. They are symlinks to nowhere. */
const removeSingletons = (userDataDir: string): void => {
  for (const name of ['SingletonLock', 'SingletonCookie', 'SingletonSocket']) {
    const path = join(userDataDir, name)
    if (lstatSync(path, { throwIfNoEntry: false })) rmSync(path, { force: true })
  }
}

/** Takes the profile, waits for what a killed bot left on it, and makes it fit to be opened. */
export const openProfile = async (
  profileDir: string,
  browser: string,
  on: { newBrowser: () => void; mended: (logs: string[]) => void },
): Promise<Profile> => {
  const userDataDir = join(profileDir, SESSION_DIR)
  mkdirSync(profileDir, { recursive: true, mode: 0o700 })
  const release = lock(join(profileDir, 'lock.db'))
  try {
    // Its pipe is closed, so it ends by itself; only one that hangs has to be ended.
    if (!(await waitUntilGone(processesOnProfile(userDataDir), 3_000))) await killAll(processesOnProfile(userDataDir))
    if (keepCopyBeforeNewBrowser(profileDir, userDataDir, browser)) on.newBrowser()
    mkdirSync(userDataDir, { recursive: true, mode: 0o700 })
    removeSingletons(userDataDir)
    const mended = mendLogs(userDataDir)
    if (mended.length > 0) on.mended(mended)
    return { userDataDir, release }
  } catch (error) {
    release()
    throw error
  }
}
