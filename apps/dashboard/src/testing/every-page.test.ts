import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, visit, type Built, type Visit } from './browser.ts'
import { axeFindings, layoutFindings, nameless } from './inspect.ts'
import { COLOUR_SCHEMES, openScene, WIDTHS } from './open-scene.ts'
import type { Scene } from './scene.ts'
import { SCENES } from './scenes.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

describe.each([
  // Colours are the same in every language: the dark ones are inspected in one.
  ['pt-BR', 'pt-BR', COLOUR_SCHEMES],
  ['en-US', 'en', ['light']],
] as const)('every page in %s', (locale, language, schemes) => {
  let person: Visit
  beforeAll(async () => {
    person = await visit(built, { locale, width: WIDTHS[0] })
    // Moving things have no one colour; that they rest for those who want it is tested elsewhere.
    await person.page.emulateMedia({ reducedMotion: 'reduce' })
  })
  afterAll(() => person[Symbol.asyncDispose]())

  it.each(SCENES)(
    'can be read, reached and used by everybody, at each width, light and dark: $name',
    async (scene) => {
      await openScene(person, scene)
      const { page } = person
      expect(await page.evaluate(() => document.documentElement.lang)).toBe(language)
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 })
        expect(await findingsAt(page, scene, width, schemes)).toEqual([])
      }
      expect(person.troubles.splice(0)).toEqual([])
    },
    90_000,
  )
})

describe('the inspection of a page', () => {
  it('finds what is cut off, too small, too wide, pale and nameless', async () => {
    await using person = await visit(built, { width: 390 })
    const { page } = person
    await page.setContent(`<html lang="en"><title>Bad</title><main>
      <p style="width: 80px; overflow: hidden; white-space: nowrap">This is longer than its box</p>
      <p style="width: 80px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis">This is longer, and says so</p>
      <button style="width: 20px; height: 20px; padding: 0">x</button> <p>A <a href="#a">link</a> in a line of text is no button.</p>
      <p style="color: #999; background: #fff">Pale</p><div style="width: 500px">Wide</div><button></button></main>`)
    const layout = await layoutFindings(page)
    expect(layout.filter((each) => each.includes('cut off'))).toEqual([expect.stringContaining('This is longer than its box')])
    expect(layout.filter((each) => each.includes('too small'))).toEqual([expect.stringContaining('20×20 px'), expect.anything()])
    expect(layout.filter((each) => each.includes('wider than the window'))).toHaveLength(1)
    expect((await axeFindings(page)).map((each) => each.split(':')[0])).toEqual(expect.arrayContaining(['button-name', 'color-contrast']))
    expect((await axeFindings(page, 'colours')).map((each) => each.split(':')[0])).toEqual(['color-contrast'])
    expect(await nameless(page)).toHaveLength(1)
  })
})

/** Light and dark differ in their colours alone: whatever else there is to find is looked for in one of them. */
async function findingsAt(page: Page, scene: Scene, width: number, schemes: readonly ('light' | 'dark')[]): Promise<string[]> {
  const findings: string[] = []
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme })
    const found = scene.crowded === true ? [] : await axeFindings(page, colorScheme === 'dark' ? 'colours' : 'all')
    if (colorScheme === 'light') found.push(...(await lastingLayoutFindings(page)))
    if (colorScheme === 'light' && scene.crowded !== true) found.push(...(await nameless(page)))
    findings.push(...found.map((each) => `${width} px, ${colorScheme}: ${each}`))
  }
  return findings
}

/** What draws itself anew for another window (a flow's picture, fitted into its frame) may take a moment on a busy machine. */
async function lastingLayoutFindings(page: Page): Promise<string[]> {
  const until = performance.now() + 3000
  for (;;) {
    const found = await layoutFindings(page)
    if (found.length === 0 || performance.now() > until) return found
    await page.waitForTimeout(100)
  }
}
