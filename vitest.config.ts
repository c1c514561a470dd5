import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './scripts/summary-reporter.ts'

const DOCKER_TESTS = '**/*.docker.test.ts'
/** Minutes of a processor's work and hardly a wait: beside those that wait for containers, whose own processor is idle meanwhile (scripts/test.ts). */
const PAGE_TESTS = ['apps/dashboard/src/testing/every-page.test.ts', 'apps/dashboard/src/testing/phone.test.ts']

const common = {
  globalSetup: 'vitest.setup.ts',
  pool: 'forks',
  // A poll's own limit is one second: on a busy machine that measures the machine.
  expect: { poll: { timeout: 15_000 } },
  testTimeout: 30_000,
  hookTimeout: 60_000,
  teardownTimeout: 20_000,
} as const

export default defineConfig({
  test: {
    reporters: ['default', new SummaryReporter()],
    projects: [
      {
        test: {
          ...common,
          name: 'all',
          include: [
            'packages/*/src/**/*.test.ts',
            'apps/*/src/**/*.test.{ts,tsx}',
            'scripts/**/*.test.ts',
            'bench/**/*.test.ts',
            'e2e/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/dist/**', 'var/**', DOCKER_TESTS, ...PAGE_TESTS],
          // Real browsers and databases on two cores: more files at once only make each other time out.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...common,
          name: 'docker',
          include: [DOCKER_TESTS],
          exclude: ['**/node_modules/**', '**/dist/**', 'var/**'],
          // One engine, which some of them restart.
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...common,
          name: 'pages',
          include: PAGE_TESTS,
          exclude: ['**/node_modules/**'],
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
