import { setTimeout as delay } from 'node:timers/promises'
import { waitFor } from '@zaptria/lab/testing'
import { expect, it, onTestFinished } from 'vitest'
import type { Engine } from '../engine/port.ts'
import { memoryLog } from '../testing/bot.ts'
import type { Ending } from './ending.ts'
import { SESSION_TIMINGS } from './timings.ts'
import { createWatch, noRoom } from './watch.ts'

const MB = 1024 * 1024

/** A watch over an engine that lives, with so much memory in use, in MB. */
function watchOver(
  memory: { browser: number; container: number | null; quiet: boolean },
  stuck: string | null = null,
  freeMb = () => 1_000,
) {
  const endings: Ending[] = []
  let looks = 0
  const engine = { ping: () => Promise.resolve(), memory: () => Promise.resolve(memory.browser * MB) } as unknown as Engine
  const watch = createWatch({
    engine,
    timings: { ...SESSION_TIMINGS, memoryCheckMs: 5, roomCheckMs: 1 },
    log: memoryLog().log,
    memoryLimitBytes: 600 * MB,
    containerMemory: () => {
      looks += 1
      return Promise.resolve(memory.container === null ? null : { used: memory.container * MB, limit: 512 * MB })
    },
    freeBytes: () => freeMb() * MB,
    quiet: () => memory.quiet,
    stuck: () => stuck,
    end: (ending) => void endings.push(ending),
  })
  onTestFinished(() => watch.close())
  watch.state('connected')
  watch.start()
  return { endings, looks: () => looks }
}

it.each([
  ['the container at 86%, quiet', { browser: 300, container: 441, quiet: true }, 'the container holds 441 MB of 512 MB'],
  ['the container at 96%, in traffic', { browser: 300, container: 492, quiet: false }, 'the container holds 492 MB of 512 MB'],
  ['the browser over its limit, quiet', { browser: 601, container: null, quiet: true }, 'the browser holds 601 MB of 600 MB'],
  ['the browser far over it, in traffic', { browser: 751, container: null, quiet: false }, 'the browser holds 751 MB of 600 MB'],
])('reloads the browser: %s', async (_what, memory, detail) => {
  const { endings } = watchOver(memory)
  await waitFor(() => endings.length > 0, { what: 'the reload' })
  expect(endings).toEqual([{ state: 'reconnecting', reason: 'memory_reload', detail }])
})

it.each([
  ['the container at 84%', { browser: 300, container: 430, quiet: true }],
  ['the container at 86%, in traffic', { browser: 300, container: 441, quiet: false }],
  ['the browser over its limit, in traffic', { browser: 601, container: null, quiet: false }],
])('leaves it: %s', async (_what, memory) => {
  const { endings, looks } = watchOver(memory)
  await waitFor(() => looks() > 3, { what: 'some looks' })
  await delay(10)
  expect(endings).toEqual([])
})

it('reloads a page that answers, and keeps messages to itself', async () => {
  const { endings } = watchOver({ browser: 300, container: null, quiet: false }, 'messages stayed unsent')
  await waitFor(() => endings.length > 0, { what: 'the reload' })
  expect(endings).toEqual([{ state: 'reconnecting', reason: 'page_timeout', detail: 'messages stayed unsent' }])
})

it('closes a browser before its disk is full', async () => {
  let free = 16
  const { endings, looks } = watchOver({ browser: 300, container: null, quiet: true }, null, () => free)
  await waitFor(() => looks() > 3, { what: 'some looks' })
  expect(endings).toEqual([])
  free = 15.5
  await waitFor(() => endings.length > 0, { what: 'the end' })
  expect(endings).toEqual([{ state: 'failed', reason: 'disk_full', detail: '15 MB are free on the volume, 32 MB are wanted' }])
})

it('says what is wrong with a disk that has room, and takes nothing', () => {
  expect(noRoom(5_000 * MB).detail).toBe("the volume's disk has room, and takes nothing")
})
