import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isStranded, watchStranded } from './stranded.ts'

/** A process with children under these names. */
function parentOf(...titles: string[]): number {
  const child = spawn('bash', ['-c', `for title; do (exec -a "$title" sleep 60) & done; wait`, 'bash', ...titles], {
    stdio: 'ignore',
    detached: true,
  })
  onTestFinished(() => void process.kill(-child.pid!, 'SIGKILL'))
  return child.pid!
}

async function foundWithin(ms: number, pid: number): Promise<boolean> {
  let found = false
  const watch = watchStranded(pid, () => (found = true), { everyMs: 50, strandedMs: 300 })
  onTestFinished(() => watch.close())
  await delay(ms)
  return found
}

describe('a postmaster', () => {
  it.each([
    ['runs', ['postgres: checkpointer', 'postgres: walwriter', 'postgres: zaptria zaptria 127.0.0.1(1) idle']],
    ['recovers', ['postgres: io worker 0', 'postgres: checkpointer', 'postgres: startup recovering 000000010000000000000002']],
    ['begins', ['postgres: startup']],
    ['tidies up after a crash', ['postgres: io worker 0']],
    ['ends', []],
  ])('is not stranded when it %s', (_, titles) => expect(isStranded(titles)).toBe(false))

  it('is, when nobody recovers and nothing runs, for long', async () => {
    const left = ['postgres: io worker 0', 'postgres: checkpointer ', 'postgres: background writer ']
    expect(isStranded(left)).toBe(true)
    const [stranded, running] = [parentOf(...left), parentOf(...left, 'postgres: walwriter ')]
    expect(await Promise.all([foundWithin(2_000, stranded), foundWithin(2_000, running)])).toEqual([true, false])
  })
})
