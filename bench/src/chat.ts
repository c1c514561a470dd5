import type { Page } from 'playwright-core'
import { buildDashboard, chatPath, visit } from '../../apps/dashboard/src/testing/browser.ts'
import type { MockApi } from '../../apps/dashboard/src/testing/mock-api.ts'
import { makeLongChat } from './chat-messages.ts'
import type { Setup } from './setup.ts'
import type { Result } from './stats.ts'
import { summarize } from './stats.ts'
import { startUpdates } from './chat-updates.ts'
import { traceTasks } from './chat-trace.ts'

/** What the page measured of itself while it was scrolled through. */
type Measured = { longTasks: number[]; frames: number[]; drawn: number[]; processorMs: number[] }

/** Pixels a frame: a page and a half of a chat each time, faster than any wheel. */
const STEP_PX = 900
const MOST_S = 600

/**
 * The built dashboard in a real browser, with a mock of the API that holds a chat of `runs` messages: scrolled from its end to its beginning and back, while
 * `--per-second` changes of it (20) are told over the event stream.
 */
export async function chat(setup: Setup): Promise<Result[]> {
  setup.progress('builds the dashboard')
  await using built = await buildDashboard()
  await using person = await visit(built, { width: 1280, height: 900 })
  const { page, api, context } = person
  makeLongChat(api.world, setup.runs)
  const openedAt = performance.now()
  await page.goto(chatPath(person))
  await page.getByTestId('message').last().waitFor()
  const opened = performance.now() - openedAt
  while (api.streams.size === 0) await page.waitForTimeout(50)
  const devtools = await context.newCDPSession(page)
  await devtools.send('Performance.enable')
  const heapMb = async (): Promise<number> => {
    await devtools.send('HeapProfiler.collectGarbage')
    const { metrics } = await devtools.send('Performance.getMetrics')
    return (metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0) / 1e6
  }
  const heapBefore = await heapMb()

  const updates = startUpdates(api, setup.perSecond ?? 20)
  setup.progress(`scrolls to the beginning of ${setup.runs} messages`)
  const measure = async (stepPx: number): Promise<Measured> => {
    const tasks = await traceTasks(devtools)
    return { ...(await scroll(page, stepPx)), processorMs: await tasks.stop() }
  }
  const up = await measure(-STEP_PX)
  setup.progress(`there after ${up.frames.length} frames; scrolls back to the end`)
  const down = await measure(STEP_PX)
  const sent = updates.stop()
  const seconds = (frames: readonly number[]): number => frames.reduce((sum, each) => sum + each, 0) / 1000
  const heapAfter = await heapMb()
  if (person.troubles.length > 0) throw new Error(`The page had troubles: ${person.troubles.join('; ')}`)
  const both = [
    { name: 'to the beginning', ...up },
    { name: 'back to the end', ...down },
  ]
  return [
    summarize('opened: last message drawn', 'ms', [opened]),
    ...both.flatMap(({ name, longTasks, frames, drawn, processorMs }) => [
      // The browser tells of tasks over 50 ms alone, by the clock: what else runs on the machine is in them.
      summarize(`${name}: tasks over 50 ms`, 'ms', longTasks.length === 0 ? [0] : longTasks),
      summarize(`${name}: task, processor time`, 'ms', processorMs),
      summarize(`${name}: frame`, 'ms', frames),
      summarize(`${name}: messages drawn at once`, 'rows', drawn),
      summarize(`${name}: took`, 's', [seconds(frames)]),
    ]),
    summarize('changes a second', '1/s', [sent / (seconds(up.frames) + seconds(down.frames))]),
    summarize('pages of messages asked for', 'requests', [pagesAsked(api)]),
    summarize('heap before and after', 'MB', [heapBefore, heapAfter]),
  ]
}

const pagesAsked = ({ seen }: MockApi): number => seen.filter(({ method, path }) => method === 'GET' && path.endsWith('/messages')).length

/** Scrolls by so much each frame until there is nothing more that way. */
async function scroll(page: Page, stepPx: number): Promise<Omit<Measured, 'processorMs'>> {
  return page.evaluate(
    async ({ step, mostMs }) => {
      const box = document.querySelector('[data-testid=messages-box]')
      if (box === null) throw new Error('the chat is not there')
      const longTasks: number[] = []
      const observer = new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)))
      observer.observe({ type: 'longtask' })
      const frames: number[] = []
      const drawn: number[] = []
      const there = (): boolean =>
        step < 0
          ? box.scrollTop === 0 && document.querySelector('[data-testid=messages-start]') !== null
          : box.scrollHeight - box.scrollTop - box.clientHeight < 2
      const frame = (): Promise<number> => new Promise((done) => requestAnimationFrame(done))
      const begun = performance.now()
      let last = await frame()
      for (let still = 0; still < 10;) {
        box.scrollTop += step
        const now = await frame()
        frames.push(now - last)
        drawn.push(document.querySelectorAll('[data-testid=message]').length)
        last = now
        still = there() ? still + 1 : 0
        if (now - begun > mostMs) throw new Error(`not there after ${Math.round(mostMs / 1000)} s`)
      }
      observer.disconnect()
      return { longTasks, frames, drawn }
    },
    { step: stepPx, mostMs: MOST_S * 1000 },
  )
}
