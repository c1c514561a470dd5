import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, visit, type Built, type Visit } from './browser.ts'
import { axeFindings, layoutFindings, nameless } from './inspect.ts'
import { COLOUR_SCHEMES, openScene, SCENES, WIDTHS, type Scene } from './scenes.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

describe.each([
  ['pt-BR', 'pt-BR'],
  ['en-US', 'en'],
])('every page in %s', (locale, language) => {
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
        expect(await findingsAt(page, scene, width)).toEqual([])
      }
      expect(person.troubles.splice(0)).toEqual([])
    },
    90_000,
  )
})

/** Light and dark differ in their colours alone: whatever else there is to find is looked for in one of them. */
async function findingsAt(page: Page, scene: Scene, width: number): Promise<string[]> {
  const findings: string[] = []
  for (const colorScheme of COLOUR_SCHEMES) {
    await page.emulateMedia({ colorScheme })
    const colours = colorScheme === 'dark' || (scene.crowded === true && width !== WIDTHS[0])
    const found = [...(await axeFindings(page, colours ? 'colours' : 'all'))]
    if (colorScheme === 'light') found.push(...(await layoutFindings(page)), ...(await nameless(page)))
    findings.push(...found.map((each) => `${width} px, ${colorScheme}: ${each}`))
  }
  return findings
}
