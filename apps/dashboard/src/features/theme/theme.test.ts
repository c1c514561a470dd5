import { waitFor } from '@zaptria/lab/testing'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, visit, type Built } from '../../testing/browser.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

const LIGHT = 'rgb(246, 247, 246)'
const DARK = 'rgb(18, 23, 21)'
const background = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
const frames = (page: Page) =>
  page.evaluate(() => [...document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')].map((meta) => meta.content))

describe('the look', () => {
  it('follows the device until a person chooses, and again when they want it to', async () => {
    await using person = await visit(built)
    const { page, troubles } = person
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.goto('/settings')
    await page.getByTestId('theme-light').waitFor()
    expect(await background(page)).toBe(DARK)
    expect(await page.getByTestId('theme-system').getAttribute('aria-pressed')).toBe('true')

    await page.getByTestId('theme-light').click()
    expect(await background(page)).toBe(LIGHT)
    expect(await frames(page)).toEqual(['#f6f7f6', '#f6f7f6'])

    await page.getByTestId('theme-system').click()
    expect(await background(page)).toBe(DARK)
    expect(await frames(page)).toEqual(['#f6f7f6', '#121715'])
    expect(troubles).toEqual([])
  })

  it('that was chosen is there before the page’s program is', async () => {
    await using person = await visit(built)
    const { page, context } = person
    await page.emulateMedia({ colorScheme: 'light' })
    await page.goto('/settings')
    await page.getByTestId('theme-dark').click()
    // The program never comes: what is seen until then is dark already.
    await context.route('**/assets/*.js', () => undefined)
    await page.reload({ waitUntil: 'commit' })
    await page.locator('#not-started').waitFor({ state: 'attached' })
    expect(await page.locator('#root').innerHTML()).toBe('')
    expect(await background(page)).toBe(DARK)
  })

  it('is the same in every tab', async () => {
    await using person = await visit(built)
    const other = await person.context.newPage()
    await other.emulateMedia({ colorScheme: 'light' })
    await Promise.all([person.page.goto('/settings'), other.goto('/settings')])
    await other.getByTestId('theme-dark').waitFor()
    await person.page.getByTestId('theme-dark').click()
    await waitFor(async () => (await background(other)) === DARK, { what: 'the other tab to be dark' })
    expect(await other.getByTestId('theme-dark').getAttribute('aria-pressed')).toBe('true')
  })
})

describe('for people who asked for less motion', () => {
  it('nothing turns or travels, and what says “still at it” breathes', async () => {
    await using person = await visit(built)
    const { page } = person
    const animations = () =>
      page.evaluate(() =>
        [...document.getAnimations()].map((each) => [
          each instanceof CSSAnimation ? each.animationName : each.constructor.name,
          Number(each.effect?.getComputedTiming().duration ?? 0) >= 1000,
        ]),
      )
    await page.goto('/design')
    await page.locator('.animate-spin').first().waitFor()
    await waitFor(async () => (await animations()).some(([name]) => name === 'spin'), { what: 'a spinner to turn' })
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await waitFor(async () => (await animations()).every(([name]) => name === 'breathe'), { what: 'everything but breathing to stop' })
    expect((await animations()).every(([, slow]) => slow)).toBe(true)
    expect((await animations()).length).toBeGreaterThan(2)
  })
})
