import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { Problem } from '../command.ts'

/** Where Zaptria is, and as whom this user asks it. */
export const Login = z.strictObject({ url: z.string(), key: z.string() })
export type Login = z.infer<typeof Login>

type Environment = Readonly<Record<string, string | undefined>>

export const loginFile = (env: Environment): string =>
  join(env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config'), 'zaptria', 'login.json')

/** What `zaptria login` kept; null when there is nothing. */
export function readLogin(env: Environment): Login | null {
  const file = loginFile(env)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new Problem(`${file} cannot be read: ${(error as Error).message}`, 'It is made by: zaptria login')
  }
  try {
    return Login.parse(JSON.parse(text))
  } catch (error) {
    throw new Problem(`${file} is not what "zaptria login" writes.`, 'Make it anew: zaptria login', { cause: error })
  }
}

/** For its owner's eyes alone. */
export function writeLogin(env: Environment, login: Login): string {
  const file = loginFile(env)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const made = `${file}.${process.pid}`
  writeFileSync(made, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600 })
  renameSync(made, file)
  return file
}

/** Says whether there was one. */
export function removeLogin(env: Environment): boolean {
  const file = loginFile(env)
  const there = existsSync(file)
  rmSync(file, { force: true })
  return there
}
