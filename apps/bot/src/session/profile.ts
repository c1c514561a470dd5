import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the session lives on the volume. */
export const profileDirOf = (dataDir: string): string => join(dataDir, 'session')
/** The session that a restored one has taken the place of: until that one was connected and copied itself, it may be all that there is. */
export const formerDirOf = (dataDir: string): string => join(dataDir, 'session.before-restore')
export const scratchDirOf = (dataDir: string): string => join(dataDir, 'scratch')

export const prepareProfile = async (dataDir: string): Promise<void> => {
  await mkdir(profileDirOf(dataDir), { recursive: true, mode: 0o700 })
  // Downloads and caches of the last process are of no use to anybody.
  await rm(scratchDirOf(dataDir), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  await mkdir(scratchDirOf(dataDir), { recursive: true, mode: 0o700 })
}

/** Forgets the WhatsApp session, and the one before it. Only when the browser is gone: it would write parts of it back. */
export const wipeProfile = async (dataDir: string): Promise<void> => {
  for (const dir of [profileDirOf(dataDir), formerDirOf(dataDir)])
    await rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}
