import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { faultOf, refuseSystemDirectory } from '../../disk-faults.ts'

/** Says whose a directory is. Below a mount point that is not mounted there is an empty directory, which must not be taken for a server's. */
const MARKER = 'zaptria-server'

/**
 * Makes the directory of a server, or finds that it is that already. Throws when it is another's, or holds anything else. One that was made for a server that
 * came to nothing, and holds nothing, is taken.
 */
export async function makeHome(dir: string, serverId: string): Promise<void> {
  if (!path.isAbsolute(dir)) throw new Error(`${dir} is not an absolute directory`)
  const owner = await ownerOf(dir)
  if (owner === serverId) return
  await refuseSystemDirectory(dir)
  await orUnusable(dir, mkdir(dir, { recursive: true, mode: 0o700 }))
  const holds = (await orUnusable(dir, readdir(dir))).some((name) => name !== 'lost+found' && name !== MARKER)
  if (holds && owner !== null) throw new Error(`the directory ${dir} holds the bots of another server (${owner}): name one of its own`)
  if (holds) throw new Error(`the directory ${dir} holds other things: name one that is empty, or that is to be made`)
  await orUnusable(dir, writeFile(path.join(dir, MARKER), `${serverId}\n`, { mode: 0o600 }))
}

/** Throws unless the directory is there and this server's. */
export async function homeIsThere(dir: string, { id, name }: { id: string; name: string }): Promise<void> {
  const owner = await ownerOf(dir)
  if (owner === id) return
  throw new Error(
    owner === null
      ? `the directory ${dir} of the server ${name} is not there: mount its disk, or move it back`
      : `the directory ${dir} is not that of the server ${name}, but another’s (${owner})`,
  )
}

async function ownerOf(dir: string): Promise<string | null> {
  const text = await readFile(path.join(dir, MARKER), 'utf8').catch(() => null)
  return text === null || text.trim() === '' ? null : text.trim()
}

const IN_THE_WAY: ReadonlySet<unknown> = new Set(['EEXIST', 'ENOTDIR', 'ENOENT', 'ELOOP'])

async function orUnusable<T>(dir: string, done: Promise<T>): Promise<T> {
  try {
    return await done
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const text = IN_THE_WAY.has(code)
      ? `something is there, or on the way there, that is no directory (${message}): name another`
      : (faultOf(error)?.text ?? message)
    throw new Error(`the directory ${dir} cannot be used: ${text}`, { cause: error })
  }
}
