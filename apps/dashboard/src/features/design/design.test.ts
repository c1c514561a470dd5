import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, visit, type Built } from '../../testing/browser.ts'
import { OUTLINE_PAIRS, TEXT_PAIRS } from '../../ui/contrast.ts'

const read = (dir: string): string[] =>
  readdirSync(dir)
    .filter((file) => file.endsWith('.tsx'))
    .map((file) => readFileSync(join(dir, file), 'utf8'))

/** Whatever `src/ui` exports that can be drawn. */
const components = read(join(import.meta.dirname, '../../ui'))
  .flatMap((source) => [...source.matchAll(/^export (?:function|const) ([A-Z]\w*)\b(?!_)/gm)].map(([, name]) => name ?? ''))
  .toSorted()
const own = read(import.meta.dirname).join('\n')

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

describe('the page of all components', () => {
  it('is there for anybody, asks the server nothing, and shows each component', async () => {
    await using person = await visit(built)
    const { page, api, troubles } = person
    api.world.signedIn = false
    await page.goto('/design')
    await page.getByTestId('design').waitFor()
    const shown = await page.$$eval('[data-sample]', (all) =>
      all.filter((each) => each.children.length > 0).map((each) => each.getAttribute('data-sample')),
    )
    expect(components.length).toBeGreaterThan(15)
    expect(components.filter((name) => !shown.includes(name))).toEqual([])
    // Not by name alone.
    expect(components.filter((name) => !own.includes(`<${name}`))).toEqual([])
    expect(api.seen.map(({ path }) => path)).toEqual([])
    expect(troubles).toEqual([])
  })

  it.each(['light', 'dark'] as const)('says each pair’s contrast as the browser draws it, in %s', async (colorScheme) => {
    await using person = await visit(built)
    const { page } = person
    await page.goto('/design')
    // The colours change under an open page, too.
    await page.emulateMedia({ colorScheme })
    const ratios = () => page.$$eval('[data-contrast]', (all) => all.map((each) => Number(each.getAttribute('data-contrast'))))
    await waitFor(async () => (await ratios()).length === TEXT_PAIRS.length + OUTLINE_PAIRS.length, { what: 'every pair to be measured' })
    for (const [index, ratio] of (await ratios()).entries()) expect(ratio).toBeGreaterThanOrEqual(index < TEXT_PAIRS.length ? 4.5 : 3)
  })

  it('opens its dialogs, and gives the focus back', async () => {
    await using person = await visit(built)
    const { page } = person
    await page.goto('/design')
    await page.getByTestId('design-dialog').focus()
    await page.keyboard.press('Enter')
    await page.getByTestId('design-dialog-open').waitFor()
    await page.keyboard.press('Escape')
    await page.getByTestId('design-dialog-open').waitFor({ state: 'detached' })
    await page.locator('[data-testid=design-dialog]:focus').waitFor()
    await page.getByTestId('design-confirm').click()
    await page.locator('[data-testid=confirm-no]:focus').waitFor()
  })
})
