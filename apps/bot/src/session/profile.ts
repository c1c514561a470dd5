import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the session lives on the volume. */
export const profileDirOf = (dataDir: string): string => join(dataDir, 'session')
/** The session that a restored one has taken the place of: until that one was connected and copied itself, it may be all that there is. */
export const formerDirOf = (dataDir: string): string => join(dataDir, 'session.before-restore')
export const scratchDirOf = (dataDir: string): string => join(dataDir, 'scratch')

export const prepareProfile = async (dataDir: string): Promise<void> => {
  // A bot that died between the two steps by which a restored session takes its place: until that can be had again, what was there goes on.
  if (!existsSync(profileDirOf(dataDir)) && existsSync(formerDirOf(dataDir))) await rename(formerDirOf(dataDir), profileDirOf(dataDir))
  await mkdir(profileDirOf(dataDir), { recursive: true, mode: 0o700 })
  // Downloads and caches of the last process are of no use to anybody.
  await rm(scratchDirOf(dataDir), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  await mkdir(scratchDirOf(dataDir), { recursive: true, mode: 0o700 })
}

/** Forgets the WhatsApp session, and the one before it, which would take its place were it gone first. Only when the browser is gone: it would write parts of it back. */
export const wipeProfile = async (dataDir: string): Promise<void> => {
  for (const dir of [formerDirOf(dataDir), profileDirOf(dataDir)])
    await rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}
