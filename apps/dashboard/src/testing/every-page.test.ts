import { waitFor } from '@zaptria/lab/testing'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, chatPath, tenantPath, visit, type Built } from './browser.ts'
import { makeAlert } from './world.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

const PAGES = ['/', '/alerts', '/settings', 'tenant', 'tenant/details', 'tenant/flow', 'tenant/conversations', 'chat'] as const

describe.each([
  ['pt-BR', 1440],
  ['pt-BR', 390],
  ['en-US', 1440],
  ['en-US', 390],
])('every page in %s at %i px', (locale, width) => {
  it('fits, names every control, speaks one language and throws nothing', async () => {
    await using person = await visit(built, { locale, width })
    const { page, api } = person
    const [tenant] = api.world.tenants
    if (tenant !== undefined) api.world.alerts = [makeAlert(tenant, 'bot_needs_scan')]
    for (const each of PAGES) {
      await page.goto(
        each === 'chat' ? chatPath(person) : each.startsWith('tenant') ? tenantPath(person, each.slice('tenant'.length)) : each,
      )
      await page.getByTestId('sign-out').waitFor()
      await waitFor(async () => (await page.locator('[role=status] .animate-pulse').count()) === 0, { what: `${each} to be loaded` })
      expect(await page.evaluate(() => document.documentElement.lang), each).toBe(locale === 'pt-BR' ? 'pt-BR' : 'en')
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
        `${each} is too wide`,
      ).toBeLessThanOrEqual(0)
      expect(await nameless(page), each).toEqual([])
    }
    expect(person.troubles).toEqual([])
  }, 60_000)
})

/** Controls without a name, as a screen reader meets them. */
async function nameless(page: Page): Promise<string[]> {
  const devtools = await page.context().newCDPSession(page)
  const { nodes } = await devtools.send('Accessibility.getFullAXTree')
  await devtools.detach()
  const controls = new Set(['button', 'link', 'textbox', 'searchbox', 'combobox', 'switch', 'checkbox', 'image', 'img'])
  return nodes
    .filter((node) => !node.ignored && controls.has(String(node.role?.value)) && String(node.name?.value ?? '') === '')
    .map((node) => `${String(node.role?.value)} ${node.nodeId}`)
}
