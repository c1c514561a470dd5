import { realpath } from 'node:fs/promises'
import path from 'node:path'

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

/** Below these the system makes no directory for anybody, and Node.js asks some of them for one for ever. */
const OF_THE_SYSTEM = ['/proc', '/sys', '/dev']
/** A disk in memory, which is for everybody. */
const FOR_EVERYBODY = '/dev/shm'

const isIn = (dir: string, other: string): boolean => dir === other || dir.startsWith(`${other}/`)

const isOfSystem = (error: unknown): error is NodeJS.ErrnoException & { code: string } =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'

export type DiskFault = {
  /** In a few words, of a directory, without its name. */
  why: string
  /** With what the system said, and what to do. */
  text: string
}

/** What the system says of a disk or a directory there; null of anything else. */
export function faultOf(error: unknown): DiskFault | null {
  if (!isOfSystem(error)) return null
  const [why, remedy] = DISK_FAULTS[error.code] ?? ['its disk does not do what it should', 'look at the disk']
  return { why, text: `${why} (${error.message}): ${remedy}` }
}

/** Throws of a directory that is the system's own, links followed as far as there is anything. */
export async function refuseSystemDirectory(dir: string): Promise<void> {
  const real = await realOf(path.resolve(dir))
  if (isIn(real, FOR_EVERYBODY)) return
  const of = OF_THE_SYSTEM.find((each) => isIn(real, each))
  if (of !== undefined) throw new Error(`the directory ${dir} is in ${of}, which is the system’s own: name one on a disk`)
}

async function realOf(dir: string): Promise<string> {
  const real = await realpath(dir).catch(() => null)
  if (real !== null || dir === path.dirname(dir)) return real ?? dir
  return path.join(await realOf(path.dirname(dir)), path.basename(dir))
}
