import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, startControlPlane, waitFor, type ControlPlaneProcess, type TestDatabase } from '@zaptria/lab/testing'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, visit, type Built } from '../../testing/browser.ts'

let built: Built
let database: TestDatabase
let dataDir: string
let program: ControlPlaneProcess
beforeAll(async () => {
  built = await buildDashboard()
  database = await createTestDatabase()
  dataDir = await mkdtemp(join(tmpdir(), 'zaptria-reference-'))
  // The real one: the page is of what it says of itself, under its own content security policy.
  program = await startControlPlane({
    env: {
      DATABASE_URL: database.url,
      ZAPTRIA_DATA_DIR: dataDir,
      ZAPTRIA_DASHBOARD_DIR: built.dist,
    },
  })
}, 180_000)
afterAll(async () => {
  await program?.stop()
  await database?.[Symbol.asyncDispose]()
  await built?.[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true, force: true })
})

type Reader = AsyncDisposable & { page: Page; troubles: string[] }

/** Somebody who is not signed in. */
async function read(path = '/api-reference', { locale = 'pt-BR', width = 1440, height = 900 } = {}): Promise<Reader> {
  const context = await built.browser.newContext({ baseURL: program.url, locale, viewport: { width, height } })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('pageerror', (error) => troubles.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()))
  await page.goto(path)
  await page.getByTestId('reference-operation').first().waitFor()
  return { page, troubles, [Symbol.asyncDispose]: () => context.close() }
}

const titles = (page: Page): Promise<string[]> => page.getByTestId('reference-operation').locator('h3').allInnerTexts()

describe('the API reference', () => {
  it('is where the API’s documentation always was, for somebody who is not signed in', async () => {
    await using reader = await read('/api/docs')
    expect(new URL(reader.page.url()).pathname).toBe('/api-reference')
    const { paths } = (await (await fetch(`${program.url}/api/openapi.json`)).json()) as { paths: Record<string, object> }
    const operations = Object.values(paths).flatMap((item) => Object.keys(item))
    expect((await titles(reader.page)).length).toBe(operations.length)
    expect(reader.troubles).toEqual([])
  })

  it('leads to a request by its address, and by its name in the contents', async () => {
    await using reader = await read('/api-reference#postTenantsMessages')
    const { page } = reader
    const atTop = (id: string) => async (): Promise<boolean> => {
      const box = await page.locator(`#${id}`).boundingBox()
      return box !== null && box.y > 0 && box.y < 200
    }
    await waitFor(atTop('postTenantsMessages'), { what: 'the request to be in view' })
    const contents = page.getByRole('navigation', { name: 'Conteúdo' })
    await contents.locator('[aria-current=location]').getByText('Send a message to a phone number').waitFor()
    await contents.getByText('Webhooks', { exact: true }).click()
    await contents.getByText('Send a test').click()
    await waitFor(atTop('postTenantsWebhooksTest'), { what: 'the other request to be in view' })
    expect(new URL(page.url()).hash).toBe('#postTenantsWebhooksTest')
    expect(reader.troubles).toEqual([])
  })

  it('finds requests by any of their words, by keyboard alone, and says when there is none', async () => {
    await using reader = await read()
    const { page } = reader
    await page.keyboard.press('/')
    await page.keyboard.type('post pairing-link')
    await waitFor(async () => (await titles(page)).length === 1, { what: 'one request to be left' })
    expect(await titles(page)).toEqual([expect.stringContaining('Make a pairing link')])
    expect(await page.getByTestId('reference-count').innerText()).toBe('1 pedido')
    await page.getByTestId('reference-search').fill('edit_too_late')
    await waitFor(async () => (await titles(page))[0]?.startsWith('Edit a text message') === true, { what: 'the request with this error' })
    await page.getByTestId('reference-search').fill('nadadisso')
    await page.getByTestId('reference-nothing').getByRole('button').click()
    await waitFor(async () => (await titles(page)).length > 40, { what: 'all requests to be back' })
    expect(reader.troubles).toEqual([])
  })

  it('shows each request in the language chosen once, with the installation’s own address, to be copied', async () => {
    await using reader = await read()
    const { page } = reader
    const send = page.locator('#postTenantsMessages')
    expect(await send.locator('pre').first().innerText()).toContain(`curl ${program.url}/api/v1/tenants/`)
    await send.getByTestId('reference-lang-PHP').click()
    const php = await send.locator('pre').first().innerText()
    expect(php).toContain('Http::withToken(')
    await send.getByTestId('reference-copy').first().click()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(php)
    expect(await page.locator('#getAlerts pre').first().innerText()).toContain('Http::withToken(')
    await page.reload()
    await page.locator('#getAlerts pre').getByText('Http::withToken(').waitFor()
  })

  it('opens what is inside, as deep as it goes, and what can go wrong', async () => {
    await using reader = await read()
    const { page } = reader
    const send = page.locator('#postTenantsConversationsMessages')
    await send.getByText('type: image | video | document').click()
    await send.getByText('media_id', { exact: true }).waitFor()
    const list = page.locator('#getTenantsConversationsMessages')
    await list.getByTestId('reference-answer').locator('summary').first().click()
    await list.getByText('O que há em items').click()
    await list.getByText('O que há em quoted_message').click()
    await list.getByText('Its first 300 characters').or(list.getByText('conversation_id')).first().waitFor()
    await send.getByTestId('reference-refusals').locator('summary').click()
    await send.getByText('There is no such conversation.').waitFor()
    await page.getByTestId('reference-catalogue').locator('summary').click()
    await page.getByTestId('reference-catalogue').getByText('rate_limited').waitFor()
    expect(reader.troubles).toEqual([])
  })

  it.each([
    ['pt-BR', 1440],
    ['pt-BR', 1024],
    ['en-US', 390],
  ])('in %s at %i px fits, and names every control', async (locale, width) => {
    await using reader = await read('/api-reference', { locale, width })
    const { page } = reader
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(locale === 'pt-BR' ? 'pt-BR' : 'en')
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
    const nameless = await page
      .locator('button, a[href], input, summary')
      .evaluateAll((all) =>
        all
          .filter(
            (one) =>
              one.getAttribute('aria-label') === null &&
              (one.textContent ?? '').trim() === '' &&
              (one as HTMLInputElement).labels?.length !== 1,
          )
          .map((one) => one.outerHTML.slice(0, 200)),
      )
    expect(nameless).toEqual([])
    if (width < 1024) {
      await page.getByTestId('reference-contents').locator('summary').click()
      await page.getByTestId('reference-contents').getByText('Webhooks', { exact: true }).click()
      await waitFor(async () => ((await page.locator('#webhooks').boundingBox())?.y ?? -1) > 0, { what: 'the noun to be in view' })
    }
    expect(reader.troubles).toEqual([])
  })

  it('is linked to beside the API keys, and loads nothing of itself before', async () => {
    await using person = await visit(built)
    const { page } = person
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.goto('/settings')
    expect(await page.getByTestId('api-reference-link').getAttribute('href')).toBe('/api-reference')
    expect(asked.filter((url) => url.includes('reference'))).toEqual([])
  })
})
