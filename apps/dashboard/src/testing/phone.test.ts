import { SAMPLE_FLOW } from '@zaptria/core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, chatPath, tenantPath, visit, type Built, type Visit } from './browser.ts'
import { writeFlow } from './flow.ts'
import { layoutFindings } from './inspect.ts'
import { talk } from './scene-talk.ts'
import { addVersion, makeAlert, say } from './world.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

/** What crosses the window's edge without being inside something that scrolls or is cut on purpose; and how far the page itself can be moved sideways. */
const beyondWindow = (page: Page): Promise<string[]> =>
  page.evaluate((width) => {
    const found: string[] = []
    const { scrollWidth } = document.documentElement
    if (scrollWidth > width || window.innerWidth > width) found.push(`the page is ${Math.max(scrollWidth, window.innerWidth)} px wide`)
    for (const element of document.querySelectorAll<HTMLElement>('main, [data-page-scroll], [data-page], [role=dialog]')) {
      if (element.scrollWidth > element.clientWidth)
        found.push(`<${element.tagName.toLowerCase()}> is moved sideways by ${element.scrollWidth - element.clientWidth} px`)
    }
    return found
  }, page.viewportSize()?.width ?? 0)

/** Nothing goes beyond the window, is cut off or cannot be hit. */
async function expectFits(page: Page): Promise<void> {
  // A flow's picture is looked at through a frame, and moved in it.
  const layout = (await layoutFindings(page)).filter((each) => !each.includes('react-flow'))
  const found = [...(await beyondWindow(page)), ...layout]
  expect(found).toEqual([])
}

const LONG = 'Padaria, Confeitaria e Lanchonete Nossa Senhora Aparecida da Esquina da Praça Central de São José dos Campos Ltda.'

function busy({ api: { world } }: Visit): void {
  talk(world)
  say(world, 'connected', 'ready', { number: '5511987654321', name: LONG })
  addVersion(world, { ...SAMPLE_FLOW, name: 'PadariaConfeitariaELanchoneteNossaSenhoraAparecidaDaEsquinaDaPraça' })
  for (const tenant of world.tenants)
    world.alerts.push(makeAlert({ ...tenant, name: LONG }, 'bot_restarted', `replaced, because it had ended: ${LONG}`))
}

describe.each([
  ['pt-BR', 390],
  ['en-US', 390],
  // The narrowest there is.
  ['pt-BR', 320],
] as const)('a customer’s pages on a telephone in %s, %i px wide', (locale, width) => {
  it.each([
    ['', 'connect'],
    ['/conversations', 'conversation'],
    ['chat', 'message'],
    ['/details', 'fact-server'],
    ['/flow', 'flow-publish'],
  ])('are as wide as its window, opened there: %s', async (rest, ready) => {
    await using person = await visit(built, { locale, width, height: 844, touch: true })
    const { page } = person
    busy(person)
    await page.goto(rest === 'chat' ? chatPath(person) : tenantPath(person, rest))
    await page.getByTestId(ready).first().waitFor()
    await page.locator('[role=status] .animate-pulse:visible').first().waitFor({ state: 'detached' })
    await expectFits(page)
  })

  it('are so in each view of the flow, also with mistakes and long words', async () => {
    await using person = await visit(built, { locale, width, height: 844, touch: true })
    const { page } = person
    busy(person)
    await page.goto(tenantPath(person, '/flow'))
    await page.getByTestId('flow-text').waitFor()
    await page.getByTestId('flow-view-picture').click()
    await page.getByTestId('flow-node').first().waitFor()
    await expectFits(page)
    await page.getByTestId('flow-words').locator('summary').click()
    await page.getByTestId('flow-word').first().waitFor()
    await expectFits(page)
    await page.getByTestId('flow-view-try').click()
    await page.getByTestId('flow-trial-text').fill('oi'.repeat(200))
    await page.getByTestId('flow-trial-send').click()
    await page.getByTestId('flow-trial-bot').first().waitFor()
    await expectFits(page)
    await page.getByTestId('flow-view-text').click()
    const long = 'x'.repeat(120)
    await writeFlow(page, JSON.stringify({ ...SAMPLE_FLOW, start: long, [long]: 1 }, null, 2))
    await page.getByTestId('flow-issue').first().waitFor()
    await expectFits(page)
    await page.getByTestId('flow-view-picture').click()
    await page.getByTestId('flow-words').locator('summary').click()
    await page.getByTestId('flow-word').first().waitFor()
    await expectFits(page)
  })
})
