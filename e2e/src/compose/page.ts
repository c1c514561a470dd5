import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const DOCS = join(import.meta.dirname, '../../../docs')

/** The commands of a section of our documentation, word for word. */
function commandsOf(page: string, heading: string): string {
  const section = readFileSync(join(DOCS, page), 'utf8')
    .split(/^## /m)
    .find((each) => each.startsWith(`${heading}\n`))
  const blocks = [...(section ?? '').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands]) => commands)
  if (blocks.length === 0) throw new Error(`${page} has no commands under "${heading}"`)
  return blocks.join('')
}

export type Elsewhere = {
  dir: string
  /** Runs the commands of a section in that directory; what they printed. Throws with all of that when one fails. */
  follow(page: string, heading: string, cwd: string, env?: Record<string, string>): Promise<string>
  remove(): void
}

/** Another machine, which `scp` reaches as $ELSEWHERE. */
export function makeElsewhere(): Elsewhere {
  const dir = mkdtempSync(join(tmpdir(), 'zaptria-elsewhere-'))
  const programs = mkdtempSync(join(tmpdir(), 'zaptria-programs-'))
  const scp = join(programs, 'scp')
  writeFileSync(scp, `#!/bin/sh\nplace() { printf %s "$1" | sed 's,^elsewhere:,${dir}/,'; }\nexec cp "$(place "$1")" "$(place "$2")"\n`)
  chmodSync(scp, 0o755)
  return {
    dir,
    async follow(page, heading, cwd, env = {}) {
      const commands = commandsOf(page, heading)
      try {
        const path = `${programs}${delimiter}${process.env['PATH'] ?? ''}`
        const { stdout, stderr } = await run('sh', ['-euc', commands], {
          cwd,
          env: { ...process.env, ...env, PATH: path, ELSEWHERE: 'elsewhere' },
          maxBuffer: 16 * 1024 * 1024,
        })
        return stdout + stderr
      } catch (error) {
        const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
        throw new Error(`${page}, ${heading}:\n${commands}\nfailed:\n${stdout}${stderr}`, { cause: error })
      }
    },
    remove: () => [dir, programs].forEach((each) => rmSync(each, { recursive: true, force: true })),
  }
}
