import { setTimeout as delay } from 'node:timers/promises'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { initialJavaScript } from '../../apps/dashboard/src/testing/initial-js.ts'
import { linkBot } from './linked-bot.ts'
import type { LinkedBot } from './linked-bot.ts'
import { makeTenants } from './load.ts'
import type { Tenant } from './load.ts'
import { startRig } from './rig.ts'
import type { Rig } from './rig.ts'
import type { Setup } from './setup.ts'
import { summarize } from './stats.ts'
import type { Result } from './stats.ts'
import { untilSeen } from './until-seen.ts'

const DIST = join(import.meta.dirname, '../../apps/dashboard/dist')
/** Messages in the chat that is opened: more than one page of them. */
const HISTORY = 120

/**
 * What people wait for: the JavaScript of the first page; the largest paint of the overview and of a chat with nothing in the browser's
 * cache (`runs` times each); and how long a message is on screen after it was stored. A real control plane on a real PostgreSQL.
 */
export async function dashboard(setup: Setup): Promise<Result[]> {
  const loaded = await initialJavaScript(DIST)
  const results = [summarize('initial JavaScript, gzip', 'kB', [loaded.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0) / 1000])]
  await using rig = await startRig(setup, { engine: 'simulated', people: true })
  const tenants = await makeTenants(rig, setup.bots[0] ?? 1, false)
  const [tenant] = tenants
  if (tenant === undefined) throw new Error('there is no tenant to look at')
  const bot = await linkBot(rig.api.url, tenant.id, tenant.token)
  const chat = await fill(rig, tenant, bot)
  await using browser = await launch(setup)
  const session = await signIn(browser, rig)
  setup.progress('signed in')

  for (const [name, path, seen] of [
    ['overview', '/', '[data-testid=tenant]'],
    ['chat', chat.path, '[data-testid=message]'],
  ] as const) {
    const times: number[] = []
    // The first one warms the server, not the browser: each is a new one to it.
    for (let run = 0; run <= setup.runs; run++) {
      await using context = await open(browser, rig, session)
      const time = await largestPaint(await context.newPage(), path, seen)
      if (run > 0) times.push(time)
    }
    results.push(summarize(`largest paint of the ${name}, cold cache`, 'ms', times))
    setup.progress(JSON.stringify(results.at(-1)))
  }

  await using context = await open(browser, rig, session)
  const page = await context.newPage()
  await page.goto(chat.path)
  await page.locator('[data-testid=message]').first().waitFor()
  results.push(...(await untilSeen(page, bot, tenant.chats[0] ?? '')))
  bot.close()
  return results
}

/** Gives the tenant as many conversations as it has contacts, and the first of them a past. */
async function fill({ api }: Rig, tenant: Tenant, bot: LinkedBot): Promise<{ path: string }> {
  const [first = '', ...others] = tenant.chats
  for (const chat of others) bot.offer(chat, 'Bom dia! Vocês abrem no domingo?')
  for (let i = 0; i < HISTORY; i++) bot.offer(first, `Quanto custa o bolo número ${i}?`)
  while (bot.open > 0) await delay(5)
  bot.takeTimes()
  const { items } = await api.call<{ items: { id: string; chat_id: string }[] }>('GET', `/tenants/${tenant.id}/conversations?limit=200`)
  const conversation = items.find(({ chat_id }) => chat_id === first)
  if (conversation === undefined) throw new Error(`no conversation with ${first} among ${items.length}`)
  return { path: `/tenants/${tenant.id}/conversations/${conversation.id}` }
}

function launch({ browserPath }: Setup): Promise<Browser> {
  if (browserPath === undefined) throw new Error('No Chromium was found: install chromium-headless-shell, or set ZAPTRIA_BROWSER_PATH.')
  // Only our own pages are loaded in it, so that root may do without the sandbox.
  return chromium.launch({ executablePath: browserPath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
}

type Session = Awaited<ReturnType<BrowserContext['storageState']>>

const open = (browser: Browser, { api }: Rig, storageState?: Session): Promise<BrowserContext> =>
  browser.newContext({
    baseURL: api.url,
    locale: 'pt-BR',
    viewport: { width: 1440, height: 900 },
    ...(storageState === undefined ? {} : { storageState }),
  })

async function signIn(browser: Browser, rig: Rig): Promise<Session> {
  await using context = await open(browser, rig)
  const page = await context.newPage()
  const { pathname, search } = new URL(rig.signInLink)
  await page.goto(pathname + search)
  await page.getByTestId('sign-in-link').click()
  await page.getByTestId('tenant').first().waitFor()
  return await context.storageState()
}

/** Milliseconds from the start of the navigation to the last larger thing that was painted. */
async function largestPaint(page: Page, path: string, seen: string): Promise<number> {
  await page.goto(path)
  await page.locator(seen).first().waitFor()
  await page.waitForLoadState('networkidle')
  return await page.evaluate(
    () =>
      new Promise<number>((done, failed) => {
        new PerformanceObserver((list) => {
          const last = list.getEntries().at(-1)
          if (last === undefined) failed(new Error('nothing was painted'))
          else done(last.startTime)
        }).observe({ type: 'largest-contentful-paint', buffered: true })
      }),
  )
}
