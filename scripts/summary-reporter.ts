import { appendFileSync } from 'node:fs'
import type { Reporter, TestModule, SerializedError } from 'vitest/node'

export type TestCounts = { passed: number; failed: number; skipped: number }
export const summaryLine = ({ passed, failed, skipped }: TestCounts): string =>
  `\nTests: ${passed} passed, ${failed} failed, ${skipped} skipped`

/**
 * The run's last line, plain, for machines and people; of one of several runs it goes to the file TEST_COUNTS, to be added up. With REFUSE_SKIPS=1 a
 * skipped test fails the run.
 */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 }
    const skipped: string[] = []
    for (const module of modules) {
      // A file that could not even be loaded has no tests to fail.
      if (module.errors().length > 0) count.failed++
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        count[state]++
        if (state === 'skipped') skipped.push(`${module.relativeModuleId}: ${test.fullName}`)
      }
    }
    const not = skipped.length + count.pending
    if (not > 0) console.log(`\n${not} NOT RUN on this machine:\n${skipped.map((name) => `  - ${name}`).join('\n')}`)
    if (not > 0 && process.env['REFUSE_SKIPS'] === '1') {
      console.log('REFUSE_SKIPS=1: a skipped test fails the run.')
      process.exitCode = 1
    }
    const counts: TestCounts = { passed: count.passed, failed: count.failed, skipped: not }
    const file = process.env['TEST_COUNTS']
    if (file === undefined) console.log(summaryLine(counts))
    else appendFileSync(file, `${JSON.stringify(counts)}\n`)
  }
}
