import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Page } from 'playwright-core'
import { readArguments, runProgram, UsageError } from '../../../../scripts/usage.ts'
import { buildDashboard, visit } from './browser.ts'
import { contactSheet, type Shot } from './contact-sheet.ts'
import { COLOUR_SCHEMES, openScene, WIDTHS } from './open-scene.ts'
import { SCENES } from './scenes.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const OUT = join(ROOT, 'var/screenshots')
const LOCALES = { 'pt-BR': 'pt-BR', en: 'en-US' } as const
/** A screen's height; what is longer is taken whole, up to the second one. */
const HEIGHT = 900
const TALLEST = 12_000

const USAGE = `npm run screenshots [-- scene…] [--language pt-BR|en]
    Pictures of every page and state × language × light, dark × ${WIDTHS.join(', ')} px, and an index.html with all of them,
    in ${relative(process.cwd(), OUT)}. With scenes: of those alone whose name begins so.`

if (import.meta.main) await runProgram(USAGE, run)

async function run(): Promise<void> {
  const { values, positionals } = readArguments({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: { language: { type: 'string' } },
  })
  const languages = (['pt-BR', 'en'] as const).filter((language) => values.language === undefined || values.language === language)
  if (languages.length === 0) throw new UsageError(`--language is pt-BR or en, not ${JSON.stringify(values.language)}`)
  const scenes = SCENES.filter(({ name }) => positionals.length === 0 || positionals.some((begin) => name.startsWith(begin)))
  if (scenes.length === 0)
    throw new UsageError(`There is no scene ${positionals.join(', ')}. There are: ${SCENES.map(({ name }) => name).join(', ')}`)
  await rm(OUT, { recursive: true, force: true })
  await mkdir(OUT, { recursive: true })
  console.log('Building the dashboard …')
  await using built = await buildDashboard()
  const shots: Shot[] = []
  for (const language of languages) {
    await using person = await visit(built, { locale: LOCALES[language], width: WIDTHS[0], height: HEIGHT })
    for (const scene of scenes) {
      await openScene(person, scene)
      for (const width of WIDTHS)
        for (const look of COLOUR_SCHEMES) {
          const file = `${scene.name}.${language}.${look}.${width}.png`
          await take(person.page, { width, look, path: join(OUT, file) })
          shots.push({ scene: scene.name, language, look, width, file })
        }
      console.log(`${scene.name} (${language})`)
    }
    if (person.troubles.length > 0) throw new Error(`A page wrote errors: ${person.troubles.join('\n')}`)
  }
  await writeFile(join(OUT, 'index.html'), contactSheet(shots))
  console.log(`${shots.length} pictures: ${join(OUT, 'index.html')}`)
  process.exit(0)
}

async function take(page: Page, { width, look, path }: { width: number; look: 'light' | 'dark'; path: string }): Promise<void> {
  await page.emulateMedia({ colorScheme: look })
  await page.setViewportSize({ width, height: HEIGHT })
  // Pages scroll inside of their frame: the window is made as high as what is in it. A chat is meant to be one screen high.
  const hidden = await page.evaluate(() => {
    if (document.querySelector('[data-testid=composer], [role=dialog], [role=alertdialog]') !== null) return 0
    const scrollers = [document.documentElement, ...document.querySelectorAll('main, main > div > div')]
    return Math.max(...scrollers.map((each) => each.scrollHeight - each.clientHeight))
  })
  if (hidden > 0) await page.setViewportSize({ width, height: Math.min(TALLEST, HEIGHT + hidden) })
  await page.screenshot({ path, animations: 'disabled' })
}
