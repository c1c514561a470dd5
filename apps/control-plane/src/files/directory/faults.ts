import { FileAwayError } from '../port.ts'

/** What the system says of a disk, for whoever waits for a file, and for whoever can mend it. */
const DISK_FAULTS: Readonly<Record<string, [why: string, remedy: string]>> = {
  ENOSPC: ['its disk is full', 'make room there, or give it a larger disk'],
  EDQUOT: ['its share of the disk is used up', 'make room there, or raise its quota'],
  EROFS: ['its disk is read-only', 'mount it for writing; the system makes a disk with faults read-only by itself, and dmesg tells of it'],
  EIO: ['its disk is at fault', 'look at the disk (dmesg), and put another in its place'],
  EACCES: ['this program may not use it', 'give the directory, and what is in it, to the user that runs this program'],
  EPERM: ['this program may not use it', 'give the directory, and what is in it, to the user that runs this program'],
  ENOENT: ['its directory is not there', 'mount its disk, or move it back'],
  ENOTDIR: ['its directory is not there', 'mount its disk, or move it back'],
}

const isOfSystem = (error: unknown): error is NodeJS.ErrnoException & { code: string } =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'

/** To whoever asks for a file, what the system says of the disk is an outage, which an operator mends; anything else stays what it is. */
export function diskFault(dir: string, error: unknown): unknown {
  if (!isOfSystem(error)) return error
  const [why, remedy] = DISK_FAULTS[error.code] ?? ['its disk does not do what it should', 'look at the disk']
  return new FileAwayError(`files cannot be kept in the directory ${dir}: ${why} (${error.message}): ${remedy}`, { cause: error, why })
}

export async function orDiskFault<T>(dir: string, done: Promise<T>): Promise<T> {
  try {
    return await done
  } catch (error) {
    throw diskFault(dir, error)
  }
}

export async function ifThere<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
