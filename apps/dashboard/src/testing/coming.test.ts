import { waitFor } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, visit, type Built, type Visit } from './browser.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

/** Holds back what is asked for by such a name, until it is let go. */
async function hold({ context }: Visit, file: RegExp) {
  const held = Promise.withResolvers<void>()
  await context.route(file, async (route) => {
    await held.promise
    await route.continue()
  })
  return held
}

describe('a page that takes long to come', () => {
  it.each([
    ['program', /\/assets\/.*\.js$/],
    ['style', /\.css$/],
    ['session', /\/api\/v1\/session$/],
  ])('shows its mark from the first moment, until there is something to be seen: its %s', async (_, file) => {
    await using person = await visit(built)
    const { page } = person
    const held = await hold(person, file)
    await page.goto('/', { waitUntil: 'commit' })
    const mark = page.getByTestId('coming')
    await mark.waitFor()
    expect(await page.locator('#root').innerHTML()).toBe('')
    expect(await mark.evaluate((element) => element.getAnimations().length)).toBe(1)
    // Painted, and not only there.
    await waitFor(() => page.evaluate(() => performance.getEntriesByName('first-contentful-paint').length === 1), {
      what: 'the mark on the screen',
    })
    held.resolve()
    await page.getByTestId('tenant').first().waitFor()
    expect(await mark.isVisible()).toBe(false)
    expect(person.troubles).toEqual([])
  })

  it.each(['light', 'dark'] as const)('is %s as the person’s system is, and rests for who wants it to', async (colorScheme) => {
    await using person = await visit(built)
    const { page } = person
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await hold(person, /\/assets\//)
    await page.goto('/', { waitUntil: 'commit' })
    const mark = page.getByTestId('coming')
    await mark.waitFor()
    const colour = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    expect(colour).toBe(colorScheme === 'light' ? 'rgb(246, 247, 246)' : 'rgb(18, 23, 21)')
    expect(await mark.evaluate((element) => element.getAnimations().length)).toBe(0)
  })

  it('shows none where it will never come', async () => {
    await using person = await visit(built)
    const { page } = person
    const bare = await built.browser.newPage({ baseURL: person.api.url, javaScriptEnabled: false })
    await bare.goto('/')
    expect(await bare.getByTestId('coming').isVisible()).toBe(false)
    const told = bare.locator('noscript')
    expect(await told.innerText()).toContain('Zaptria precisa de JavaScript')
    // In sight, that is, not below an empty page of a window's height.
    expect((await told.boundingBox())?.y).toBeLessThan(100)
    await bare.close()

    await page.route(/index-[^.]*\.js$/, (route) => route.fulfill({ status: 404 }))
    await page.goto('/')
    await page.getByTestId('not-started').waitFor()
    expect(await page.getByTestId('coming').count()).toBe(0)
  })
})
