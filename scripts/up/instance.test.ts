import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { takeInstance } from './instance.ts'

function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'zaptria-instance-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

describe('one instance per directory', () => {
  it('refuses a second one and says who runs, then lets the next one in', () => {
    const dir = directory()
    const first = takeInstance(dir, { url: 'http://127.0.0.1:8080' })
    expect(() => takeInstance(dir, { url: 'http://127.0.0.1:9080' })).toThrow(
      `Zaptria is running in this directory already (process ${process.pid}, http://127.0.0.1:8080)`,
    )
    first.release()
    takeInstance(dir, { url: 'http://127.0.0.1:9080' }).release()
  })

  it('is free again after its owner was killed', async () => {
    const dir = directory()
    const code = `import { takeInstance } from ${JSON.stringify(join(import.meta.dirname, 'instance.ts'))}
      takeInstance(${JSON.stringify(dir)}, { url: 'x' }); console.log('held'); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    expect(() => takeInstance(dir, { url: 'y' })).toThrow('already')
    child.kill('SIGKILL')
    await once(child, 'exit')
    takeInstance(dir, { url: 'y' }).release()
  })
})
