import type { CDPSession } from 'playwright-core'

type TraceEvent = { name: string; ph: string; pid: number; tid: number; tdur?: number; args?: { name?: string } }

/** Counts the processor's time for each task of the page's main thread, whatever else runs on the machine. `stop` answers in milliseconds, tasks under one left out. */
export async function traceTasks(devtools: CDPSession): Promise<{ stop: () => Promise<number[]> }> {
  const byThread = new Map<string, number[]>()
  const main = new Set<string>()
  const collect = ({ value }: { value: unknown[] }): void => {
    for (const event of value as TraceEvent[]) {
      const thread = `${event.pid} ${event.tid}`
      if (event.name === 'thread_name' && event.args?.name === 'CrRendererMain') main.add(thread)
      if (event.name !== 'ThreadControllerImpl::RunTask' || event.ph !== 'X' || (event.tdur ?? 0) < 1000) continue
      const tasks = byThread.get(thread) ?? []
      tasks.push((event.tdur ?? 0) / 1000)
      byThread.set(thread, tasks)
    }
  }
  devtools.on('Tracing.dataCollected', collect)
  await devtools.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', '__metadata'], excludedCategories: ['*'] },
  })
  return {
    async stop() {
      const complete = new Promise((done) => devtools.once('Tracing.tracingComplete', done))
      await devtools.send('Tracing.end')
      await complete
      devtools.off('Tracing.dataCollected', collect)
      // A spare renderer has a main thread too, which does nothing.
      const [busiest = []] = [...byThread]
        .flatMap(([thread, tasks]) => (main.has(thread) ? [tasks] : []))
        .toSorted((a, b) => b.length - a.length)
      if (busiest.length === 0) throw new Error('the trace tells of no task of the page')
      return busiest
    },
  }
}
