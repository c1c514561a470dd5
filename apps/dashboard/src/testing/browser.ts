import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { startMockApi, type MockApi } from './mock-api.ts'

const ROOT = join(import.meta.dirname, '../..')
const BROWSERS = [
  process.env['ZAPTRIA_BROWSER_PATH'] ?? '',
  '/usr/lib/chromium/chromium-headless-shell',
  '/usr/bin/chromium-headless-shell',
  '/usr/lib/chromium/chromium',
  '/usr/bin/chromium',
]

/** The dashboard as people get it: built once, in a folder of its own, and a real browser. */
export type Built = AsyncDisposable & { browser: Browser; dist: string }

/** `scrollbars`: drawn where there are any, which a headless browser leaves out. */
export async function buildDashboard({ scrollbars = false } = {}): Promise<Built> {
  const executablePath = BROWSERS.find((path) => path !== '' && existsSync(path))
  if (executablePath === undefined) throw new Error('no Chromium found; install chromium-headless-shell, or set ZAPTRIA_BROWSER_PATH')
  const dist = await mkdtemp(join(tmpdir(), 'zaptria-dashboard-'))
  // As a program of its own: in here NODE_ENV is "test", and React would be built for development.
  const vite = join(fileURLToPath(import.meta.resolve('vite/package.json')), '../bin/vite.js')
  const env = { ...process.env, NODE_ENV: 'production' }
  await promisify(execFile)(process.execPath, [vite, 'build', '--logLevel', 'warn', '--outDir', dist, '--emptyOutDir'], { cwd: ROOT, env })
  // Only what the test serves is loaded in it, so that root may do without the sandbox.
  const browser = await chromium.launch({
    executablePath,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    ignoreDefaultArgs: scrollbars ? ['--hide-scrollbars'] : [],
  })
  return {
    browser,
    dist,
    async [Symbol.asyncDispose]() {
      await browser.close()
      await rm(dist, { recursive: true })
    },
  }
}

/** A person at the dashboard, with a mock of the API of their own. `troubles` are errors that the page threw or wrote to its console. */
export type Visit = AsyncDisposable & { api: MockApi; page: Page; context: BrowserContext; troubles: string[] }

export async function visit(
  { browser, dist }: Built,
  { locale = 'pt-BR', width = 1280, height = 800, touch = false } = {},
): Promise<Visit> {
  const api = await startMockApi(dist)
  const context = await browser.newContext({
    baseURL: api.url,
    locale,
    timezoneId: 'America/Sao_Paulo',
    viewport: { width, height },
    hasTouch: touch,
    isMobile: touch,
  })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('pageerror', (error) => troubles.push(String(error)))
  page.on('console', (message) => {
    // A refused request is written by the browser itself, and wanted by some tests.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) troubles.push(message.text())
  })
  return {
    api,
    page,
    context,
    troubles,
    async [Symbol.asyncDispose]() {
      await context.close()
      await api[Symbol.asyncDispose]()
    },
  }
}

/** The sample tenant's page. */
export const tenantPath = ({ api }: Pick<Visit, 'api'>, rest = ''): string => `/tenants/${api.world.tenants[0]?.id}${rest}`

export const chatPath = (person: Pick<Visit, 'api'>): string =>
  tenantPath(person, `/conversations/${person.api.world.conversations[0]?.id}`)
