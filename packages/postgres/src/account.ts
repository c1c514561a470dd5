import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** The account that runs PostgreSQL when we are root: PostgreSQL refuses to run as root. */
export type Account = { uid: number; gid: number; name: string }

const NAMES = ['postgres', 'zaptria']

/** null = not root, no other account is needed. As root: an existing `postgres`, else a system account `zaptria`, made when missing. */
export function postgresAccount(): Account | null {
  if (process.getuid?.() !== 0) return null
  for (const name of NAMES) {
    const account = lookUp(name)
    if (account !== null) return account
  }
  execFileSync('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', 'zaptria'])
  const made = lookUp('zaptria')
  if (made === null) throw new Error('useradd made no account "zaptria"; make a system account of this name and start again.')
  return made
}

function lookUp(name: string): Account | null {
  try {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString()),
    )
    return { uid: uid!, gid: gid!, name }
  } catch {
    return null
  }
}

/** Whether this account may walk down to the path: every directory above it, and it, searchable. A clone in a 0700 directory is not. */
export function reaches(account: Account, path: string): boolean {
  for (let at = resolve(path); ; at = dirname(at)) {
    const { mode, uid, gid } = statSync(at)
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
    if ((mode & bit) === 0) return false
    if (at === dirname(at)) return true
  }
}
