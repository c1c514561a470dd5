import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '@zaptria/lab/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { supervise } from './supervise.ts'

function program(source: string) {
  const dir = mkdtempSync(join(tmpdir(), 'zaptria-supervise-'))
  writeFileSync(join(dir, 'program.mjs'), source)
  const lines: string[] = []
  const restarts: string[] = []
  const supervised = supervise({
    name: 'program',
    argv: ['program.mjs'],
    cwd: dir,
    env: process.env,
    logFile: join(dir, 'log', 'program.log'),
    onLine: (line) => lines.push(line),
    onRestart: (how) => restarts.push(how),
  })
  onTestFinished(async () => {
    await supervised.stop()
    rmSync(dir, { recursive: true, force: true })
  })
  return { lines, restarts, supervised, log: () => readFileSync(join(dir, 'log', 'program.log'), 'utf8') }
}

describe('a supervised program', () => {
  it('is started again when it is killed, and its lines are kept', async () => {
    const { lines, restarts, log } = program(`console.log('up ' + process.pid); setInterval(() => {}, 1000)`)
    const first = await waitFor(() => lines[0], { what: 'its first line' })
    process.kill(Number(first.slice(3)), 'SIGKILL')
    await waitFor(() => lines.length === 2, { what: 'its second start' })
    expect(restarts).toEqual(['SIGKILL'])
    expect(lines[1]).not.toBe(first)
    expect(log()).toContain(first)
  })

  it('is asked to stop and is not started again', async () => {
    const { lines, restarts, supervised } = program(
      `console.log('up'); process.on('SIGTERM', () => { console.log('bye'); process.exit(0) }); setInterval(() => {}, 1000)`,
    )
    await waitFor(() => lines.includes('up'), { what: 'its start' })
    await supervised.stop()
    expect(lines).toEqual(['up', 'bye'])
    expect(restarts).toEqual([])
  })

  it('has its last words heard and written down, also those that come after its exit', async () => {
    const { lines, supervised, log } = program(
      `import { spawn } from 'node:child_process'
       process.on('SIGTERM', () => {
         spawn('sh', ['-c', 'sleep 0.3; echo last; echo words >&2'], { stdio: 'inherit' })
         process.exit(0)
       })
       console.log('up'); setInterval(() => {}, 1000)`,
    )
    await waitFor(() => lines.includes('up'), { what: 'its start' })
    await supervised.stop()
    expect(lines).toEqual(['up', 'last'])
    expect(log()).toContain('last\n')
    expect(log()).toContain('words\n')
  })

  it('can see by its standard input that its keeper was killed', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'zaptria-keeper-'))
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
    writeFileSync(
      join(dir, 'program.mjs'),
      `import { writeFileSync } from 'node:fs'
       process.stdin.on('end', () => { writeFileSync('ended', ''); process.exit(0) }).resume()
       console.log('up')`,
    )
    const options = `{ name: 'program', argv: ['program.mjs'], cwd: ${JSON.stringify(dir)}, env: process.env,
      logFile: ${JSON.stringify(join(dir, 'program.log'))}, onLine: (line) => console.log(line), onRestart: () => {} }`
    const code = `import { supervise } from ${JSON.stringify(join(import.meta.dirname, 'supervise.ts'))}; supervise(${options})`
    const keeper = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(keeper.stdout, 'data')
    keeper.kill('SIGKILL')
    await waitFor(() => existsSync(join(dir, 'ended')), { what: 'the program to see that its keeper is gone' })
  })
})
