import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { command, Problem } from './command.ts'

const ROOT = join(import.meta.dirname, '../../..')

export const up = command({
  name: 'up',
  summary: 'run Zaptria here, with a PostgreSQL of its own, until Ctrl-C',
  details: 'For trying and developing; docs/operations/deploy.md has what runs on a server.',
  options: { demo: { kind: 'flag', summary: 'with a simulated WhatsApp, a phone to play with, and a shop that answers' } },
  run: async ({ demo }, { signal }) => {
    if (!existsSync(join(ROOT, 'scripts/run.mjs')))
      throw new Problem(
        'This zaptria is not in a clone of its repository, which is what "up" runs.',
        'On a server: docs/operations/deploy.md',
      )
    const child = spawn(process.execPath, ['scripts/run.mjs', demo ? 'demo' : 'start'], { cwd: ROOT, stdio: 'inherit' })
    signal.addEventListener('abort', () => child.kill('SIGTERM'))
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (status, killed) => resolve(killed === null || signal.aborted ? (status ?? 0) : 1))
    })
    return { code: code === 0 || signal.aborted ? 0 : 1, data: undefined }
  },
})
