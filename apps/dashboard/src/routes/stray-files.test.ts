import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildDashboard, chatPath, visit, type Built } from '../testing/browser.ts'

let built: Built
let dir: string
let file: string
beforeAll(async () => {
  built = await buildDashboard()
  dir = await mkdtemp(join(tmpdir(), 'zaptria-drop-'))
  file = join(dir, 'foto.txt')
  await writeFile(file, 'oi')
}, 120_000)
afterAll(async () => {
  await built[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

/** As by hand: what the page does not take, the browser does. */
async function drop(page: Page, testId: string): Promise<void> {
  const box = await page.getByTestId(testId).first().boundingBox()
  if (box === null) throw new Error(`${testId} is not there`)
  const client = await page.context().newCDPSession(page)
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  const data = { items: [], files: [file], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await client.send('Input.dispatchDragEvent', { type, ...at, data })
}

it.each(['sign-out', 'nav-alerts'])('a file that is dropped beside the chat, at %s, does not take the application away', async (at) => {
  await using person = await visit(built)
  const { page } = person
  await page.goto(chatPath(person))
  await page.getByTestId('composer').fill('meia frase')
  const opened: string[] = []
  page.on('request', (request) => request.isNavigationRequest() && opened.push(request.url()))
  await drop(page, at)
  await page.getByTestId('composer').press('End')
  expect(await page.getByTestId('composer').inputValue()).toBe('meia frase')
  expect([opened, page.context().pages().length]).toEqual([[], 1])
  // Where they are taken they still are.
  await drop(page, 'composer')
  await page.getByRole('dialog').getByText('foto.txt').first().waitFor()
})
