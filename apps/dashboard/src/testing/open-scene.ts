import { waitFor } from '@zaptria/lab/testing'
import { chatPath, tenantPath, type Visit } from './browser.ts'
import type { Scene } from './scene.ts'
import { makeWorld } from './world.ts'

/** Windows and looks that every scene must bear. */
export const WIDTHS = [1440, 1024, 390] as const
export const COLOUR_SCHEMES = ['light', 'dark'] as const

/** Opens the scene in the person's page, in a world of its own. */
export async function openScene(person: Visit, scene: Scene): Promise<void> {
  const { page, api } = person
  api.world = makeWorld()
  Object.assign(api, { broken: null, live: true })
  scene.arrange?.(person)
  // A page that is there already would keep what it knows, and a change behind `#` loads nothing.
  await page.goto('about:blank')
  await page.goto(pathOf(person, scene.path))
  try {
    await scene.act?.(page, person)
    await page.getByTestId(scene.ready).first().waitFor()
  } catch (error) {
    const shown = await page.locator('body').innerText()
    throw new Error(`${scene.name} at ${page.url()} shows ${JSON.stringify(shown.slice(0, 500))}; ${person.troubles.join('; ')}`, {
      cause: error,
    })
  }
  const loading = page.locator('[role=status] .animate-pulse:visible')
  // The page of all components shows this one for ever.
  if (scene.path !== '/design') await waitFor(async () => (await loading.count()) === 0, { what: `${scene.name} to be loaded` })
}

function pathOf(person: Visit, path: string): string {
  if (path === 'chat') return chatPath(person)
  return path.startsWith('tenant') ? tenantPath(person, path.slice('tenant'.length)) : path
}
