import { waitFor } from '@zaptria/lab/testing'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, chatPath, tenantPath, visit, type Built } from '../../testing/browser.ts'
import { calls, listening } from '../../testing/steps.ts'
import { say, uuid } from '../../testing/world.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

const over = (page: Page) => page.getByTestId('session-over')
async function signIn(page: Page): Promise<void> {
  await page.getByTestId('email').fill('dona@example.com')
  await page.getByTestId('password').fill('certa')
  await page.getByTestId('sign-in').click()
  await over(page).waitFor({ state: 'detached' })
}

describe('a session that ends by itself', () => {
  it('while somebody writes: the reply goes once they are in again, and what was typed stays', async () => {
    await using person = await visit(built)
    const { page, api } = person
    say(api.world, 'connected', 'ready')
    await page.goto(chatPath(person))
    await page.getByTestId('composer').waitFor()
    api.world.signedIn = false
    await page.getByTestId('composer').fill('já estou vendo')
    await page.getByTestId('composer').press('Enter')
    await over(page).getByText('Sua sessão terminou').waitFor()
    expect(await over(page).innerText()).toContain('O que você escreveu segue aqui.')
    await waitFor(() => page.getByTestId('email').evaluate((field) => field === document.activeElement), { what: 'the focus on the email' })
    const before = api.world.messages.length
    await signIn(page)
    await waitFor(() => api.world.messages.length === before + 1, { what: 'the reply at the server' })
    expect(api.world.messages.at(-1)?.body).toBe('já estou vendo')
    await page.getByTestId('pending-message').waitFor({ state: 'detached' })
    expect(new URL(page.url()).pathname).toBe(chatPath(person))
    // Hints are heard again.
    await listening(person)
    expect(person.troubles).toEqual([])
  })

  it('keeps what is written in the flow’s editor, and lets it be published', async () => {
    await using person = await visit(built)
    const { page, api } = person
    await page.goto(tenantPath(person, '/flow'))
    const editor = page.getByTestId('flow-text')
    await editor.click()
    await page.keyboard.press('Control+End')
    await page.keyboard.type('   ')
    const typed = await editor.innerText()
    api.world.signedIn = false
    await page.getByTestId('flow-deactivate').click()
    await page.getByTestId('confirm-yes').click()
    await over(page).waitFor()
    await signIn(page)
    expect(typed).toMatch(/ {3}$/)
    expect(await editor.innerText()).toBe(typed)
  })

  it('is noticed without a click, by the line that broke', async () => {
    await using person = await visit(built)
    const { page, api } = person
    await page.goto('/')
    await listening(person)
    Object.assign(api.world, { signedIn: false })
    for (const stream of api.streams) stream.destroy()
    await over(page).waitFor()
    // Signed in in another tab: coming back is enough.
    api.world.signedIn = true
    await page.evaluate(() => window.dispatchEvent(new Event('focus')))
    await over(page).waitFor({ state: 'detached' })
    await listening(person)
  })

  it('leaves nothing to somebody else who signs in', async () => {
    await using person = await visit(built)
    const { page, api } = person
    await page.goto(chatPath(person))
    await page.getByTestId('composer').fill('um rascunho')
    api.world.signedIn = false
    await page.getByTestId('composer').press('Enter')
    await over(page).waitFor()
    api.world.user = uuid()
    await page.getByTestId('email').fill('outra@example.com')
    await page.getByTestId('password').fill('certa')
    await page.getByTestId('sign-in').click()
    await page.getByTestId('tenant').waitFor()
    await page.goto(chatPath(person))
    await page.getByTestId('message').first().waitFor()
    expect(await page.getByTestId('pending-message').count()).toBe(0)
    expect(calls(person, 'POST', '/messages').length).toBe(1)
  })
})
