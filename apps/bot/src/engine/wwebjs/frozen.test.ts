import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { waitFor } from '@zaptria/lab/testing'
import { expect, it, onTestFinished } from 'vitest'
import { whileFrozen } from './frozen.ts'
import { processTree } from './processes.ts'

/** A process whose children and threads count, and start more, all the time. */
const BUSY = `
  const { spawn } = require('node:child_process')
  const { Worker } = require('node:worker_threads')
  new Worker('for (;;) {}', { eval: true })
  setInterval(() => spawn('sleep', ['0.3']), 20)
  spawn(process.execPath, ['-e', 'for (;;) {}'], { stdio: 'ignore' })`

const start = async (): Promise<number> => {
  const child = spawn(process.execPath, ['-e', BUSY], { stdio: 'ignore', detached: true })
  onTestFinished(() => void process.kill(-child.pid!, 'SIGKILL'))
  await waitFor(() => processTree(child.pid!).length >= 4, { what: 'a tree' })
  return child.pid!
}
/** What a process has had of the processor, in its clock's ticks. */
const ticksOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return Number(fields[11]) + Number(fields[12])
}

it('nothing of a process tree runs while it is frozen, though it was starting more', async () => {
  const root = await start()
  const { result, heldMs } = await whileFrozen(root, 5_000, async () => {
    const tree = processTree(root).map(({ pid }) => pid)
    const before = tree.map(ticksOf)
    await delay(300)
    expect(processTree(root).map(({ pid }) => pid)).toEqual(tree)
    return tree.map(ticksOf).map((now, at) => now - before[at]!)
  })
  expect(new Set(result)).toEqual(new Set([0]))
  expect(heldMs).toBeGreaterThanOrEqual(300)
  const before = ticksOf(root)
  await waitFor(() => ticksOf(root) > before, { what: 'it to go on' })
})

it('goes on also when the work fails, or takes too long', async () => {
  const root = await start()
  await expect(whileFrozen(root, 5_000, () => Promise.reject(new Error('no room')))).rejects.toThrow('no room')
  const late = whileFrozen(root, 100, async (signal) => {
    await delay(10_000, undefined, { signal })
  })
  await expect(late).rejects.toMatchObject({ name: 'AbortError' })
  const before = ticksOf(root)
  await waitFor(() => ticksOf(root) > before, { what: 'it to go on' })
})

it('says so when there is nothing to freeze', async () => {
  await expect(whileFrozen(2 ** 22 + 1, 100, () => Promise.resolve())).rejects.toMatchObject({ reason: 'browser_crashed' })
})

it('goes on also when whoever holds it is killed', async () => {
  const root = await start()
  const hold = `import(${JSON.stringify(join(import.meta.dirname, 'frozen.ts'))}).then(({ whileFrozen }) =>
    whileFrozen(${root}, 500, () => new Promise((resolve) => { console.log('held'); setTimeout(resolve, 60_000) })))`
  const holder = spawn(process.execPath, ['-e', hold], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  const before = ticksOf(root)
  await delay(300)
  expect(ticksOf(root)).toBe(before)
  await waitFor(() => ticksOf(root) > before, { what: 'it to go on', timeoutMs: 15_000 })
}, 30_000)
