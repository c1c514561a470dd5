import type { Browser, Page } from 'playwright-core'

type TraceEvent = { name: string; ph: string; pid: number; tid: number; dur?: number; tdur?: number; args?: { name?: string } }

/** In milliseconds: on the clock, and of the processor alone, which says more on a machine that does other things as well. */
export type Task = { took: number; cpu: number }

/** How long each task of the page's main thread took while `run` ran. Chromium's own trace: `longtask` entries leave out what is under 50 ms. */
export async function mainThreadTasks(browser: Browser, page: Page, run: () => Promise<void>): Promise<Task[]> {
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline', '__metadata'] })
  await run()
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
  const threads = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  )
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid }) =>
      ph === 'X' && threads.has(`${pid} ${tid}`) && (name === 'RunTask' || name === 'ThreadControllerImpl::RunTask'),
  )
  if (tasks.length === 0) throw new Error('The trace holds no task of the page’s main thread: does this Chromium name them otherwise?')
  return tasks.map(({ dur = 0, tdur = 0 }) => ({ took: dur / 1000, cpu: tdur / 1000 }))
}
