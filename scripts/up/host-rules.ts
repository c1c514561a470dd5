import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rulesVersion, RULES_DIR } from '../../apps/cli/src/host/script.ts'
import { missing, readInstalled, SETTINGS_FILE, setupCommand, textOf } from '../../apps/cli/src/host/settings.ts'
import type { Needs } from '../../apps/cli/src/host/settings.ts'

/**
 * What the host's rules mean for bots that are about to run here. `stop`: with them this start is of no use, and why; `hint`: it goes on, and what
 * should be known. Both give the line that mends it.
 */
export type Verdict = { stop: string } | { hint: string } | null

/** `etc` is where rules are kept; `sudo` is what makes a command root's, if anything is needed. */
export function judgeHostRules(etc: string, sudo: string, needs: Needs): Verdict {
  const read = (name: string): string | null => {
    const path = join(etc, RULES_DIR, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : null
  }
  const installed = readInstalled(read('apply.sh'), read(SETTINGS_FILE))
  const line = `${sudo}${setupCommand(installed, needs).replace(/^zaptria/, 'npm run zaptria --')}`
  if (installed === null) return { hint: `Bots can reach this machine and its networks. To keep them apart: ${line}` }
  if (installed === 'older') return { stop: `The host’s rules are of an earlier version. Do, then start again:\n  ${line}` }
  const { pools, listen } = missing(installed, needs)
  const out = [
    ...(listen.length === 0 ? [] : [`keep bots from ${listen.map(textOf).join(' and ')}`]),
    ...(pools.length === 0 ? [] : [`do not keep other machines from the bots’ range ${pools.join(' and ')}`]),
  ]
  if (out.length > 0) return { stop: `The host’s rules ${out.join(', and ')}. Do, then start again:\n  ${line}` }
  return installed.version === rulesVersion() ? null : { hint: `The host’s rules are of another version. To renew them: ${line}` }
}
