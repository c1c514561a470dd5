import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, tenantPath, visit, type Built, type Visit } from '../testing/browser.ts'
import { addTenants } from '../testing/mock-overview.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard({ scrollbars: true })
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

/** Where a page's content stands, and how many of the elements around it have a scrollbar, or the place for one. */
async function standing({ page }: Visit, path: string, ready: string) {
  await page.goto(path)
  await page.getByTestId(ready).first().waitFor()
  return page.locator('[data-page]').evaluate((content) => {
    const { left, right } = content.getBoundingClientRect()
    const around: HTMLElement[] = []
    for (let at = content.parentElement; at !== null; at = at.parentElement) around.push(at)
    const bars = around.filter((each) => each.offsetWidth > each.clientWidth)
    const scrolling = around.filter((each) => each.scrollHeight > each.clientHeight && getComputedStyle(each).overflowY === 'auto')
    return { left, right, bars: bars.length, scrolls: scrolling.length, wide: document.documentElement.scrollWidth - window.innerWidth }
  })
}

describe('a page', () => {
  it.each([1440, 1024, 390])('stands where the others do, with a scrollbar or without, at %i px', async (width) => {
    await using person = await visit(built, { width, height: 800 })
    addTenants(person.api.world, 300)
    const short = await standing(person, '/alerts', 'alerts-none')
    const long = await standing(person, '/', 'tenant')
    expect([short.scrolls, long.scrolls]).toEqual([0, 1])
    const [shortOfTenant, longOfTenant] = [
      await standing(person, '/tenants/01920000-0000-7000-8000-ffffffffffff', 'problem'),
      await standing(person, tenantPath(person, '/details'), 'fact-server'),
    ]
    expect([shortOfTenant.scrolls, longOfTenant.scrolls]).toEqual([0, 1])
    for (const each of [short, long, shortOfTenant, longOfTenant]) {
      expect(each).toMatchObject({ left: short.left, right: short.right, bars: 1, wide: 0 })
    }
    // Where there is room beside it, it is under the header, not beside that.
    const header = await person.page.locator('header > div').evaluate((each) => each.getBoundingClientRect().left)
    expect(short.left).toBe(header)
  })
})
