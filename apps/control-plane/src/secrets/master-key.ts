import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** The development machine's master key: read from `<dir>/master.key`, made there once. Whoever loses the file loses every bot's token. */
export async function loadOrMakeMasterKey(dir: string): Promise<string> {
  const file = path.join(dir, 'master.key')
  await mkdir(dir, { recursive: true })
  // `wx` decides between two that start at once: one writes, the other reads.
  await writeFile(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  return (await readFile(file, 'utf8')).trim()
}
