import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import path from 'node:path'

/** The development machine's master key: read from `<dir>/master.key`, made there once. Whoever loses the file loses every bot's token. */
export async function loadOrMakeMasterKey(dir: string): Promise<string> {
  const file = path.join(dir, 'master.key')
  await mkdir(dir, { recursive: true })
  return (await read(file)) ?? (await make(file))
}

/** The one that is there; null when there is none. */
export const readMasterKey = (dir: string): Promise<string | null> => read(path.join(dir, 'master.key'))

async function read(file: string): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Written whole and on disk under another name first: neither a crash nor somebody who reads at once may find half a key. */
async function make(file: string): Promise<string> {
  const draft = `${file}.${randomUUID()}`
  try {
    const handle = await open(draft, 'wx', 0o600)
    await handle.writeFile(`${randomBytes(32).toString('base64')}\n`)
    await handle.sync()
    await handle.close()
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      // Another one was faster: theirs counts.
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { force: true })
  }
  return (await readFile(file, 'utf8')).trim()
}
