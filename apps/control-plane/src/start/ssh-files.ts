import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** An ssh configuration that knows this key and these hosts, and nothing of the user's own: the system's ssh reads files only. `remove` it in the end. */
export async function writeSshFiles(credentials: {
  key: string
  known_hosts: string
}): Promise<{ config: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(path.join(tmpdir(), 'zaptria-ssh-'))
  const remove = (): Promise<void> => rm(dir, { recursive: true, force: true })
  const write = async (name: string, text: string): Promise<string> => {
    const file = path.join(dir, name)
    await writeFile(file, text.endsWith('\n') ? text : `${text}\n`, { mode: 0o600 })
    return file
  }
  try {
    const key = await write('key', credentials.key)
    const hosts = await write('known_hosts', credentials.known_hosts)
    const config = await write(
      'config',
      `IdentityFile ${key}\nIdentitiesOnly yes\nUserKnownHostsFile ${hosts}\nGlobalKnownHostsFile /dev/null\nStrictHostKeyChecking yes`,
    )
    return { config, remove }
  } catch (error) {
    await remove()
    throw error
  }
}
