import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '')

/** Progress goes to standard error: standard output belongs to the command (bench --json). */
export function tell(text) {
  console.error(`• ${text}`)
}

/** Runs a command; on failure throws with what it printed. */
export function must(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, ...options })
  if (result.error) throw new Error(`${command} could not be started: ${result.error.message}`)
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${tail(`${result.stdout ?? ''}${result.stderr ?? ''}`)}`)
  return result.stdout
}

function tail(text) {
  return text.split('\n').slice(-40).join('\n')
}
