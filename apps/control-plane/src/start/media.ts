import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { createDirectoryStore } from '../files/directory/index.ts'
import { createMovingStore } from '../media/moving.ts'
import { FileAwayError } from '../files/port.ts'
import type { FileStore } from '../files/port.ts'
import { createS3Store } from '../files/s3/index.ts'
import type { S3Store } from '../files/s3/index.ts'

export type OpenMedia = {
  media: FileStore
  /** One pass of moving files out of the directory in which they were; undefined where there is none. */
  move: (() => Promise<'done'>) | undefined
  close: () => Promise<void>
}

/** Where the settings keep files. @throws Error what is wrong with a bucket, and what to do */
export async function openMedia({ media: { dir, s3 }, dataDir }: Pick<Config, 'media' | 'dataDir'>, log: Logger): Promise<OpenMedia> {
  if (s3 === undefined) return { media: createDirectoryStore(dir!), move: undefined, close: () => Promise.resolve() }
  const bucket = createS3Store(s3, { spoolDir: path.join(dataDir, 'spool') })
  try {
    await check(bucket, log)
    await bucket.clean(new Date())
  } catch (error) {
    await bucket.close()
    throw error
  }
  const close = (): Promise<void> => bucket.close()
  if (dir === undefined) {
    const left = path.join(dataDir, 'media')
    if (existsSync(path.join(left, 'files')))
      log.warn(
        { dir: left },
        'files of messages are still in this directory: with ZAPTRIA_MEDIA_DIR set to it they are moved to the bucket',
      )
    return { media: bucket, move: undefined, close }
  }
  const moving = createMovingStore(bucket, createDirectoryStore(dir))
  const move = async (): Promise<'done'> => {
    const { files, damaged } = await moving.move()
    if (damaged.length > 0) log.error({ dir, files, damaged }, 'files are damaged, and stay in the directory; all others are in the bucket')
    else log.info({ dir, files }, 'all files are in the bucket: ZAPTRIA_MEDIA_DIR is not needed any more')
    return 'done'
  }
  return { media: moving, move, close }
}

/** A bucket that is away must not keep messages away; one that is wrong is for people to mend. */
async function check(bucket: S3Store, log: Logger): Promise<void> {
  try {
    await bucket.check()
  } catch (error) {
    if (!(error instanceof FileAwayError)) throw error
    log.warn({ err: error }, 'the bucket for files does not answer: messages go on, their files wait until it does')
  }
}
