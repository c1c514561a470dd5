/// <reference lib="dom" />
import { setTimeout as delay } from 'node:timers/promises'
import type { BotState } from '@zaptria/contract'
import type { Page } from 'playwright-core'
import { buildDashboard, visit } from '../../apps/dashboard/src/testing/browser.ts'
import type { MockApi } from '../../apps/dashboard/src/testing/mock-api.ts'
import { addTenants, sayOf } from '../../apps/dashboard/src/testing/mock-overview.ts'
import type { Setup } from './setup.ts'
import { summarize } from './stats.ts'
import type { Result } from './stats.ts'
import { mainThreadTasks } from './trace.ts'
import type { Task } from './trace.ts'

/** 20 a second. */
const EVERY_MS = 50
/** Shorter ones are not worth a line. */
const SHORT_TASK_MS = 1

type Change = { tenant: string; state: BotState; at: number }

/** The overview of `bots` tenants in a real browser while bots change: how soon a tile shows it, and what the page's main thread has to do for that. */
export async function overview(setup: Setup): Promise<Result[]> {
  await using built = await buildDashboard()
  const results: Result[] = []
  for (const count of setup.bots) {
    await using person = await visit(built, { width: 1440, height: 900 })
    const { page, api } = person
    addTenants(api.world, count)
    for (const { id } of api.world.tenants) sayOf(api.world, id, 'connected', 'ready')
    // By name, so that a tile stays where it is.
    await page.addInitScript(() => localStorage.setItem('zaptria.overview', '{"view":"tiles","order":"name"}'))
    await page.goto('/')
    await page.getByTestId('tenant').first().waitFor()
    const drawn = await page.getByTestId('tenant').count()
    await watchTiles(page)
    const name = (what: string): string => `${count} tiles: ${what}`
    const told: Change[] = []
    const asked = api.seen.length
    const still = await mainThreadTasks(built.browser, page, async () => void told.push(...(await change(api, page, setup.runs))))
    const questions = api.seen.slice(asked).filter(({ path }) => path === '/overview').length
    const seen = await page.evaluate(() => (window as unknown as { seen: Change[] }).seen)
    const heap = await page.evaluate(() => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize)
    const scrolled = await mainThreadTasks(built.browser, page, async () => {
      await Promise.all([change(api, page, Math.ceil(setup.runs / 2)), scroll(page, (setup.runs / 2) * EVERY_MS)])
    })
    if (person.troubles.length > 0) throw new Error(`the page threw: ${person.troubles.join('; ')}`)
    results.push(
      summarize(name('hint to changed tile'), 'ms', delaysOf(told, seen)),
      ...tasksOf(name('tasks over 1 ms, at rest'), still),
      ...tasksOf(name('tasks over 1 ms, scrolling'), scrolled),
      summarize(name('drawn'), 'tiles', [drawn]),
      summarize(name('questions to the server'), 'per second', [questions / ((setup.runs * EVERY_MS) / 1000)]),
      summarize(name('JavaScript heap'), 'MB', [heap / 1e6]),
    )
    setup.progress(JSON.stringify(results.slice(-8)))
  }
  return results
}

const tasksOf = (name: string, tasks: readonly Task[]): Result[] => {
  const long = tasks.filter(({ took }) => took >= SHORT_TASK_MS)
  return [
    summarize(
      name,
      'ms',
      long.map(({ took }) => took),
    ),
    summarize(
      `${name}, processor`,
      'ms',
      long.map(({ cpu }) => cpu),
    ),
  ]
}

/** Every other change is of a tile in view; the rest go round all of them. */
async function change(api: MockApi, page: Page, times: number): Promise<Change[]> {
  const { world } = api
  const others = world.tenants.map(({ id }) => id as string).filter((id) => world.bots.has(id))
  const inView = (
    await page.getByTestId('tenant').evaluateAll((tiles) => tiles.map((tile) => tile.getAttribute('data-tenant') ?? ''))
  ).filter((id) => world.bots.has(id))
  const began = performance.now()
  const told: Change[] = []
  for (let nr = 0; nr < times; nr++) {
    const from = nr % 2 === 0 ? inView : others
    const tenant = from[Math.floor(nr / 2) % from.length] ?? ''
    const bot = world.bots.get(tenant)
    const state = bot?.state.state === 'connected' ? 'reconnecting' : 'connected'
    sayOf(world, tenant, state, state === 'connected' ? 'ready' : 'network_lost')
    told.push({ tenant, state, at: Date.now() })
    api.hint('bot', bot?.id ?? '', tenant)
    await delay(Math.max(0, began + (nr + 1) * EVERY_MS - performance.now()))
  }
  return told
}

async function watchTiles(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen: { tenant: string; state: string; at: number }[] = []
    Object.assign(window, { seen })
    const heard = new MutationObserver((changes) => {
      for (const { target } of changes) {
        const state = (target as Element).getAttribute('data-state')
        const tenant = (target as Element).closest('[data-tenant]')?.getAttribute('data-tenant')
        if (state != null && tenant != null) seen.push({ tenant, state, at: Date.now() })
      }
    })
    heard.observe(document.body, { subtree: true, attributes: true, attributeFilter: ['data-state'] })
  })
}

/** To the end and back, as by a wheel. */
async function scroll(page: Page, ms: number): Promise<void> {
  const height = await page.locator('#content').evaluate((main) => main.scrollHeight - main.clientHeight)
  const steps = Math.max(2, Math.floor(ms / 50))
  await page.mouse.move(20, 600)
  for (let step = 0; step < steps; step++) {
    await page.mouse.wheel(0, ((step < steps / 2 ? 1 : -1) * height * 2) / steps)
    await delay(30)
  }
}

/** What changed again before it could be seen is left out. */
function delaysOf(told: readonly Change[], seen: readonly Change[]): number[] {
  return told.flatMap(({ tenant, state, at }, index) => {
    const again = told.slice(index + 1).find((each) => each.tenant === tenant)?.at ?? Number.POSITIVE_INFINITY
    const shown = seen.find((each) => each.tenant === tenant && each.state === state && each.at >= at && each.at <= again + 50)
    return shown === undefined ? [] : [shown.at - at]
  })
}
