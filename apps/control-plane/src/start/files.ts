import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Logger } from 'pino'
import { BACKUPS_FOLDER } from '../backups/folder.ts'
import type { Config, FilesPlace } from '../config.ts'
import { createDirectoryStore } from '../files/directory/index.ts'
import { createDirectoryObjects } from '../files/directory/objects.ts'
import { createPlace } from '../files/directory/place.ts'
import type { DirectoryPlace } from '../files/directory/place.ts'
import { createMovingStore, createObjectsOfBoth } from '../files/moving.ts'
import type { ObjectStore } from '../files/objects.ts'
import { FileAwayError } from '../files/port.ts'
import type { FileStore } from '../files/port.ts'
import { createS3Store } from '../files/s3/index.ts'
import type { S3Store } from '../files/s3/index.ts'

export type OpenFiles = {
  files: FileStore
  /** What has names of its own, in a folder beside the files. */
  objects: (folder: string) => ObjectStore
  /** One pass of moving files out of the directory in which they were; undefined where there is none. */
  move: (() => Promise<'done'>) | undefined
  close: () => Promise<void>
}

/** Whose files they are, in what is said of them: what they are, the setting of their directory, and where that is by itself. */
export type FilesUse = {
  what: string
  setting: string
  defaultDir: string
  spoolDir: string
  /** What lies beside them under names of its own, and is not moved. */
  folder?: string
  /** There are such files, as the database knows: where none are in the directory, it is not the one, and no new one is made. */
  isExpected?: boolean
  /** Nothing is to be written: a directory that is not there is not made for it. */
  isLook?: boolean
}

/** Where the settings keep files. @throws Error what is wrong with a bucket, and what to do */
export async function openFiles({ dir, s3 }: FilesPlace, use: FilesUse, log: Logger): Promise<OpenFiles> {
  if (s3 === undefined) {
    const place = createPlace(dir!, use)
    await setUp(place, use, log)
    return {
      files: createDirectoryStore(dir!, place),
      objects: (folder) => createDirectoryObjects(dir!, folder, place),
      move: undefined,
      close: () => Promise.resolve(),
    }
  }
  const bucket = createS3Store(s3, { spoolDir: use.spoolDir })
  try {
    await check(bucket, use, log)
    await bucket.clean(new Date())
  } catch (error) {
    await bucket.close()
    throw error
  }
  const close = (): Promise<void> => bucket.close()
  if (dir === undefined) {
    if (existsSync(path.join(use.defaultDir, 'files')))
      log.warn(
        { dir: use.defaultDir },
        `${use.what} are still in this directory: with ${use.setting} set to it they are moved to the bucket`,
      )
    return { files: bucket, objects: (folder) => bucket.objects(folder), move: undefined, close }
  }
  // What is left there to be moved is not known: an empty one has nothing.
  const place = createPlace(dir)
  await setUp(place, use, log)
  const moving = createMovingStore(bucket, createDirectoryStore(dir, place))
  const move = async (): Promise<'done'> => {
    const { files, damaged } = await moving.move()
    if (damaged.length > 0) log.error({ dir, files, damaged }, 'files are damaged, and stay in the directory; all others are in the bucket')
    else if (use.folder !== undefined && (await hasAny(createDirectoryObjects(dir, use.folder, place))))
      log.info(
        { dir, files },
        `all files are in the bucket; ${use.folder} stay in the directory: ${use.setting} is needed while they are wanted`,
      )
    else log.info({ dir, files }, `all files are in the bucket: ${use.setting} is not needed any more`)
    return 'done'
  }
  const objects = (folder: string): ObjectStore => createObjectsOfBoth(bucket.objects(folder), createDirectoryObjects(dir, folder, place))
  return { files: moving, objects, move, close }
}

/** Where snapshots lie, and backups of the database. */
export function openVaultFiles(
  { vault, dataDir }: Pick<Config, 'vault' | 'dataDir'>,
  log: Logger,
  how: Pick<FilesUse, 'isExpected' | 'isLook'> = {},
): Promise<OpenFiles> {
  const inDataDir = (name: string): string => path.join(dataDir, name)
  const own = { what: 'snapshots', setting: 'ZAPTRIA_VAULT_DIR', folder: BACKUPS_FOLDER }
  return openFiles(vault, { ...own, ...how, defaultDir: inDataDir('vault'), spoolDir: inDataDir('vault-spool') }, log)
}

async function hasAny(objects: Pick<ObjectStore, 'list'>): Promise<boolean> {
  for await (const _ of objects.list()) return true
  return false
}

/** A disk that is away or at fault must not keep messages away. */
async function setUp(place: DirectoryPlace, { what, isLook = false }: FilesUse, log: Logger): Promise<void> {
  if (isLook) return
  try {
    await place.setUp()
  } catch (error) {
    if (!(error instanceof FileAwayError)) throw error
    log.warn({ err: error }, `the directory for ${what} cannot be used: messages go on, these files wait until it can`)
  }
}

/** A bucket that is away must not keep messages away; one that is wrong is for people to mend. */
async function check(bucket: S3Store, { what }: FilesUse, log: Logger): Promise<void> {
  try {
    await bucket.check()
  } catch (error) {
    if (!(error instanceof FileAwayError)) throw error
    log.warn({ err: error }, `the bucket for ${what} does not answer: messages go on, these files wait until it does`)
  }
}
