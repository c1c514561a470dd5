import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { BackupProblem } from '@zaptria/contract'
import type { BackupRequest } from '@zaptria/contract'
import type { z } from 'zod'
import { Problem } from '../command.ts'

/** In an image both programs are one file each, side by side; in a clone each is in its folder. */
const PROGRAMS = [join(import.meta.dirname, 'backup.js'), join(import.meta.dirname, '../../../control-plane/src/backups/main.ts')]

/**
 * Asks the control plane's program for backups, which has what opens one: this machine's settings and keys.
 * @throws Problem what it says is wrong, and what to do
 */
export async function askProgram<S extends z.ZodType>(request: BackupRequest, answer: S, signal: AbortSignal): Promise<z.infer<S>> {
  const program = PROGRAMS.find((file) => existsSync(file))
  if (program === undefined)
    throw new Problem(
      'The control plane’s program for backups is not beside this command.',
      'Run it in a clone (npm run zaptria -- backup …) or in the image zaptria/control-plane.',
    )
  const child = spawn(process.execPath, [program], { env: settings(), stdio: ['pipe', 'pipe', 'inherit'] })
  const end = (): void => void child.kill('SIGTERM')
  signal.addEventListener('abort', end)
  try {
    const ended = new Promise<number | null>((done, fail) => {
      child.once('error', fail)
      child.once('close', (code) => done(code))
    })
    child.stdin.on('error', () => {})
    child.stdin.end(JSON.stringify(request))
    const [said, code] = await Promise.all([text(child.stdout), ended])
    signal.throwIfAborted()
    const document = parse(said)
    const problem = BackupProblem.safeParse(document)
    if (problem.success) throw new Problem(problem.data.error, problem.data.hint ?? 'Nothing was changed.')
    if (code !== 0 || document === undefined) throw new Problem(`The control plane’s program for backups ended with ${code}.`, said.trim())
    return answer.parse(document)
  } finally {
    signal.removeEventListener('abort', end)
  }
}

/** Without this command's own, which are nothing to the control plane. */
function settings(): NodeJS.ProcessEnv {
  const { ZAPTRIA_URL: _url, ZAPTRIA_API_KEY: _key, ZAPTRIA_ETC: _etc, ...others } = process.env
  return others
}

function parse(said: string): unknown {
  try {
    return JSON.parse(said)
  } catch {
    return undefined
  }
}
