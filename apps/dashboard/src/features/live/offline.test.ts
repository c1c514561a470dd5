import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '@zaptria/lab/testing'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, tenantPath, visit, type Built } from '../../testing/browser.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

/** As on a metered line: nothing is fetched ahead. */
const saveData = (context: BrowserContext) =>
  context.addInitScript(() => Object.defineProperty(navigator, 'connection', { value: { saveData: true } }))

const cut = async (context: BrowserContext, page: Page) => {
  await context.setOffline(true)
  await page.getByTestId('live-down').waitFor()
}

describe('a page that is opened first while the server is away', () => {
  it('says in its place that it comes when the line is back, and comes then by itself', async () => {
    await using person = await visit(built)
    const { page, context } = person
    await saveData(context)
    await page.goto('/')
    await page.getByTestId('tenant').waitFor()
    await cut(context, page)
    await page.getByTestId('nav-settings').click()
    await page.getByTestId('part-away').waitFor()
    expect(await page.getByTestId('part-away').innerText()).toBe('Sem conexão: esta página abre quando a conexão voltar.')
    expect(await page.getByTestId('live-down').isVisible()).toBe(true)
    // One can go back.
    await page.getByRole('link', { name: 'Zaptria' }).click()
    await page.getByTestId('tenant').waitFor()
    await page.getByTestId('nav-settings').click()
    await context.setOffline(false)
    await page.getByRole('heading', { name: 'Ajustes' }).first().waitFor()
    expect(person.troubles).toEqual([])
  })

  it('is there too where it is the flow, with its editor and its drawing', async () => {
    await using person = await visit(built)
    const { page, context } = person
    await saveData(context)
    await page.goto(tenantPath(person))
    await page.getByTestId('qr').waitFor()
    await cut(context, page)
    await page.getByRole('link', { name: 'Fluxo' }).click()
    await page.getByTestId('part-away').waitFor()
    expect(await page.getByTestId('problem').count()).toBe(0)
    await context.setOffline(false)
    await page.getByTestId('flow-text').waitFor()
    await page.locator('.react-flow__node').first().waitFor()
    expect(person.troubles).toEqual([])
  })

  it('is there too where only the drawing was not looked at yet', async () => {
    await using person = await visit(built, { width: 390 })
    const { page, context } = person
    const fetched = page.waitForResponse(/flow-diff-.*\.js$/)
    await page.goto(tenantPath(person, '/flow'))
    await page.getByTestId('flow-text').waitFor()
    await fetched
    await cut(context, page)
    await page.getByTestId('flow-view-picture').click()
    await page.getByTestId('part-away').waitFor()
    await context.setOffline(false)
    await page.locator('.react-flow__node').first().waitFor()
    expect(person.troubles).toEqual([])
  })

  it('says of the palette and of a dialog that they do not open now, and opens them when the line is back', async () => {
    await using person = await visit(built)
    const { page, context } = person
    await saveData(context)
    await page.goto('/')
    await page.getByTestId('tenant').waitFor()
    await cut(context, page)
    await page.getByTestId('palette-open').hover()
    await page.keyboard.press('Control+k')
    await page.getByTestId('dialog-away').waitFor()
    await page.getByTestId('dialog-away').waitFor({ state: 'detached' })
    expect(await page.getByTestId('tenant').isVisible()).toBe(true)
    await context.setOffline(false)
    await page.getByTestId('live-down').waitFor({ state: 'detached' })
    expect(await page.getByRole('dialog').count()).toBe(0)
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').waitFor()
    expect(person.troubles).toEqual([])
  })

  it('is loaded anew where a newer version has taken its place', async () => {
    await using person = await visit(built)
    const { page, context } = person
    await saveData(context)
    await page.goto('/')
    await page.getByTestId('tenant').waitFor()
    let loads = 0
    page.on('load', () => (loads += 1))
    await page.route(/settings-.*\.js$/, (route) => route.fulfill({ status: 404 }), { times: 3 })
    await page.evaluate(() => (document.body.dataset['old'] = ''))
    await page.getByTestId('nav-settings').click()
    await waitFor(() => loads > 0, { what: 'the page to be loaded anew' })
    await page.unrouteAll()
    await page.getByRole('heading', { name: 'Ajustes' }).first().waitFor()
  })

  it('says what is the matter where it does not come at all, and opens when it does', async () => {
    await using person = await visit(built)
    const { page, context } = person
    await saveData(context)
    await page.goto('/')
    await page.getByTestId('tenant').waitFor()
    await page.route(/settings-.*\.js$/, (route) => route.fulfill({ status: 404 }))
    await page.getByTestId('nav-settings').click()
    await page.getByTestId('problem').getByText('Esta página não carregou por inteiro.').waitFor()
    await page.unrouteAll()
    await page.getByRole('button', { name: 'Tentar de novo' }).click()
    await page.getByRole('heading', { name: 'Ajustes' }).first().waitFor()
  })

  it('is loaded anew once, where it is the palette', async () => {
    await using person = await visit(built)
    const { page, context } = person
    await saveData(context)
    await page.goto('/')
    await page.getByTestId('tenant').waitFor()
    let loads = 0
    page.on('load', () => (loads += 1))
    await page.route(/palette-.*\.js$/, (route) => route.fulfill({ status: 404 }))
    await page.keyboard.press('Control+k')
    await waitFor(() => loads === 1, { what: 'the page to be loaded anew' })
    await page.unrouteAll()
    await page.getByTestId('tenant').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').waitFor()
    expect(loads).toBe(1)
  })
})

describe('the rest of the program', () => {
  it('is fetched once the first page is there and nobody waits, so that every page opens while the server is away', async () => {
    await using person = await visit(built)
    const { page, context } = person
    const scripts = new Set<string>()
    page.on('requestfinished', (request) => scripts.add(new URL(request.url()).pathname.split('/').at(-1) ?? ''))
    await page.goto('/')
    await page.getByTestId('tenant').waitFor()
    const others = /^(?:en|design-page|reference-page|pair|layout-worker)[.-]/
    const files = (await readdir(join(built.dist, 'assets'))).filter((file) => file.endsWith('.js') && !others.test(file))
    const missing = () => files.filter((file) => !scripts.has(file))
    await waitFor(() => missing().length === 0 || Promise.reject(new Error(`missing ${missing().join(' ')}`)), {
      what: 'all of the program',
      timeoutMs: 30_000,
    })
    await cut(context, page)
    await page.getByTestId('nav-settings').click()
    await page.getByRole('heading', { name: 'Ajustes' }).first().waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').waitFor()
    expect(await page.getByTestId('part-away').count()).toBe(0)
    expect(person.troubles).toEqual([])
  })

  it('is not fetched ahead on a line where each byte costs', async () => {
    await using person = await visit(built)
    const { page, context } = person
    await saveData(context)
    await page.clock.install()
    const asked: string[] = []
    await page.goto('/')
    await page.getByTestId('tenant').waitFor()
    page.on('request', (request) => asked.push(request.url()))
    await page.clock.runFor(20_000)
    await page.getByTestId('nav-settings').focus()
    expect(asked.filter((url) => url.endsWith('.js') && !url.includes('settings'))).toEqual([])
  })
})

describe('the program itself', () => {
  it.each([
    ['its texts', /pt-BR-[^.]*\.js$/],
    ['its first file', /index-[^.]*\.js$/],
    ['its style', /\.css$/],
  ])('comes although the line broke at %s', async (_, file) => {
    await using person = await visit(built)
    const { page } = person
    await page.route(file, (route) => route.abort('connectionreset'), { times: 1 })
    await page.goto('/')
    await page.getByTestId('tenant').waitFor()
    expect(await page.getByTestId('not-started').isVisible()).toBe(false)
    expect(await page.evaluate(() => [...document.styleSheets].filter(({ href }) => href !== null).length)).toBe(1)
  })

  it.each([
    ['its texts', /pt-BR-[^.]*\.js$/],
    ['its first file', /index-[^.]*\.js$/],
    ['its style', /\.css$/],
  ])('says that it does not come, and how to try again, without %s', async (_, file) => {
    await using person = await visit(built)
    const { page } = person
    let loads = 0
    page.on('request', (request) => void (request.isNavigationRequest() && (loads += 1)))
    await page.route(file, (route) => route.fulfill({ status: 404 }))
    await page.goto('/')
    const told = page.getByTestId('not-started')
    await told.waitFor()
    expect(await told.innerText()).toContain('Confira a internet')
    // In sight, that is, not below an empty page of a window's height.
    const button = await page.getByRole('button', { name: 'Recarregar' }).boundingBox()
    expect(button?.y).toBeLessThan(page.viewportSize()?.height ?? 0)
    // Fetched anew once by itself, and no oftener.
    await page.waitForTimeout(1500)
    expect(loads).toBe(2)
    // Nor after people have tried: it says so again.
    await page.getByRole('button', { name: 'Recarregar' }).click()
    await waitFor(() => loads === 3, { what: 'another try' })
    await told.waitFor()
    expect(loads).toBe(3)
    await page.unrouteAll()
    await page.getByRole('button', { name: 'Recarregar' }).click()
    await page.getByTestId('tenant').waitFor()
    await waitFor(() => page.evaluate(() => sessionStorage.getItem('zaptria.started-again') === null), { what: 'a fresh start next time' })
  })
})
