import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './scripts/summary-reporter.ts'

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'apps/*/src/**/*.test.{ts,tsx}',
      'scripts/**/*.test.ts',
      'bench/**/*.test.ts',
      'e2e/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**', 'var/**'],
    globalSetup: ['vitest.setup.ts'],
    reporters: ['default', new SummaryReporter()],
    pool: 'forks',
    // Real browsers and databases on two cores: more files at once only make each other time out.
    maxWorkers: 2,
    // A poll's own limit is one second: on a busy machine that measures the machine.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
})
