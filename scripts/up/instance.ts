import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export type Instance = { release(): void }

/**
 * One running product per directory. The lock is SQLite's, so the system lets go of it however the process ends; no stale file can block a
 * start. Throws a sentence for people when another one holds it.
 */
export function takeInstance(dir: string, about: { url: string }): Instance {
  mkdirSync(dir, { recursive: true, mode: 0o755 })
  const note = join(dir, 'instance.json')
  const lock = new DatabaseSync(join(dir, 'instance.lock'), { timeout: 0 })
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive; create table if not exists held (pid); commit;')
  } catch {
    lock.close()
    throw new Error(`Zaptria is running in this directory already${whose(note)}. Stop it first (Ctrl-C there), or use another clone.`)
  }
  writeFileSync(note, JSON.stringify({ pid: process.pid, url: about.url }))
  return { release: () => lock.close() }
}

function whose(note: string): string {
  try {
    const { pid, url } = JSON.parse(readFileSync(note, 'utf8')) as { pid: number; url: string }
    return ` (process ${pid}, ${url})`
  } catch {
    return ''
  }
}
