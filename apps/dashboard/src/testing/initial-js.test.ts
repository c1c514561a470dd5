import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, visit, type Built } from './browser.ts'
import { compressed, initialJavaScript, type Loaded } from './initial-js.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

/** In kB of 1000 bytes, gzip. */
const MOST = 200
const kilobytes = (loaded: readonly Loaded[]): number => loaded.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0) / 1000

describe('the JavaScript that is loaded before the first page is drawn', () => {
  it(`is less than ${MOST} kB`, async () => {
    const loaded = await initialJavaScript(built.dist)
    expect(kilobytes(loaded), JSON.stringify(loaded)).toBeLessThan(MOST)
  })

  it('is less than that too with all that the overview asks for until it is there', async () => {
    await using person = await visit(built)
    const { page } = person
    const asked: string[] = []
    page.on('request', (request) => {
      if (request.resourceType() === 'script') asked.push(new URL(request.url()).pathname.slice(1))
    })
    await page.goto('/')
    await page.getByTestId('tenant').first().waitFor()
    const loaded = await Promise.all(asked.map((file) => compressed(built.dist, file)))
    expect(loaded.length).toBeGreaterThan(0)
    expect(kilobytes(loaded), JSON.stringify(loaded)).toBeLessThan(MOST)
  })
})
