import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { refuseSystemDirectory } from '../../disk-faults.ts'
import { FileAwayError } from '../port.ts'
import { ifThere, orDiskFault } from './faults.ts'

/** Says that a directory is the one. Below a mount point that is not mounted there is an empty directory, which must not be taken for it. */
const MARKER = 'zaptria-files'

export type PlaceOptions = {
  /** There are files that must be there: an empty directory, or none, is not made anew. */
  isExpected?: boolean
}

/** A directory of files, which can be away: its disk is not mounted, or it was moved. All of it rejects with a FileAwayError. */
export type DirectoryPlace = {
  readonly root: string
  /** Makes the directory and marks it. One that holds files of an older version is marked, too. */
  setUp(): Promise<void>
  /** Before a write: the directory is there, or is made now where it never was. */
  toWrite(): Promise<void>
  /** Before it is said that a file is not there. A directory that was never made has none. */
  toRead(): Promise<void>
}

export function createPlace(root: string, { isExpected = false }: PlaceOptions = {}): DirectoryPlace {
  const marker = path.join(root, MARKER)
  /** Once seen, it is never made anew. */
  let wasThere = false

  const isMarked = async (): Promise<boolean> => {
    const isThere = (await orDiskFault(root, ifThere(stat(marker)))) !== null
    wasThere ||= isThere
    return isThere
  }
  const isEmpty = async (): Promise<boolean> =>
    ((await orDiskFault(root, ifThere(readdir(root)))) ?? []).every((name) => name === 'lost+found')

  const away = (): FileAwayError =>
    new FileAwayError(
      `the directory ${root} is not there, or not the one that was there (it has no file ${MARKER}): mount its disk, or move it back. ` +
        `If it is lost for good, begin a new one: mkdir -p ${root} && touch ${marker}`,
      { cause: undefined, why: 'its directory is not there' },
    )

  const toWrite = async (): Promise<void> => {
    if (await isMarked()) return
    if (wasThere || (isExpected && (await isEmpty()))) throw away()
    await refuseSystemDirectory(root)
    await orDiskFault(root, mkdir(root, { recursive: true, mode: 0o700 }))
    await orDiskFault(
      root,
      writeFile(marker, 'Files of Zaptria. Without this file the directory is taken for one whose disk is away.\n', { mode: 0o600 }),
    )
    wasThere = true
  }

  return {
    root,
    setUp: toWrite,
    toWrite,
    async toRead() {
      if (await isMarked()) return
      if (wasThere || (isExpected && (await isEmpty()))) throw away()
    },
  }
}
