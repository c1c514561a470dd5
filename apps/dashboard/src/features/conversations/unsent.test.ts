import { waitFor } from '@zaptria/lab/testing'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sent, write } from '../../testing/steps.ts'
import { buildDashboard, chatPath, tenantPath, visit, type Built, type Visit } from '../../testing/browser.ts'
import { uuid } from '../../testing/world.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

const bodies = (person: Visit) => sent(person).map(({ body }) => (body as { body: string }).body)
const bubbles = (page: Page) => page.getByTestId('pending-message')

const MESSAGES = /\/messages$/

/** No message gets out of the page any more. Returns the keys of those that tried to. */
async function holdMessages(page: Page): Promise<Set<string>> {
  const keys = new Set<string>()
  await page.route(MESSAGES, async (route) => {
    const request = route.request()
    if (request.method() !== 'POST') return route.continue()
    keys.add(request.headers()['idempotency-key'] ?? '')
    return route.abort()
  })
  return keys
}

describe('a reply that could not leave', () => {
  it('goes by itself when the line is back, in the order in which it was written', async () => {
    await using person = await visit(built)
    const { page, context } = person
    await page.goto(chatPath(person))
    await page.getByTestId('composer').waitFor()
    await context.setOffline(true)
    await write(page, 'um', 'dois', 'três')
    await waitFor(async () => (await bubbles(page).count()) === 3, { what: 'three replies that wait' })
    expect(await bubbles(page).first().innerText()).toContain('Sem conexão: vai sozinha quando a conexão voltar.')
    await context.setOffline(false)
    await bubbles(page).first().waitFor({ state: 'detached' })
    await waitFor(() => sent(person).length === 3, { what: 'the replies' })
    expect(bodies(person)).toEqual(['um', 'dois', 'três'])
    expect(await page.evaluate(() => sessionStorage.getItem('zaptria.unsent'))).toBeNull()
    expect(person.troubles).toEqual([])
  })

  it('is there after a reload, and goes then under the key that it had', async () => {
    await using person = await visit(built)
    const { page } = person
    await page.goto(chatPath(person))
    await page.getByTestId('composer').waitFor()
    const keys = await holdMessages(page)
    await write(page, 'um', 'dois')
    await waitFor(() => keys.size > 0, { what: 'the first try' })
    const [tried] = keys
    await page.reload()
    await waitFor(async () => (await bubbles(page).allInnerTexts()).map((text) => text.split('\n')[0]).join(' ') === 'um dois', {
      what: 'both replies after the reload',
    })
    await page.unroute(MESSAGES)
    await waitFor(() => sent(person).length === 2, { what: 'both replies at the server', timeoutMs: 20_000 })
    await bubbles(page).first().waitFor({ state: 'detached' })
    expect(bodies(person)).toEqual(['um', 'dois'])
    expect(sent(person)[0]?.key).toBe(tried)
    expect(sent(person)[1]?.key).not.toBe(tried)
  })

  it('waits for a person after a reload where the server did not take it, and is gone once it is discarded', async () => {
    await using person = await visit(built)
    const { page, api } = person
    await page.goto(chatPath(person))
    await page.getByTestId('composer').waitFor()
    api.refuseNext('POST', '/messages', 'unavailable')
    await write(page, 'um')
    await page.getByTestId('retry-send').waitFor()
    await page.reload()
    await page.getByTestId('retry-send').waitFor()
    expect(await bubbles(page).innerText()).toContain('O servidor não pode responder agora.')
    expect(sent(person).length).toBe(1)
    await bubbles(page).getByRole('button', { name: 'Descartar' }).click()
    await bubbles(page).waitFor({ state: 'detached' })
    await page.reload()
    await page.getByTestId('message').first().waitFor()
    expect(await bubbles(page).count()).toBe(0)
  })

  it('is nothing for the next person', async () => {
    await using person = await visit(built)
    const { page, api } = person
    await page.goto(chatPath(person))
    await page.getByTestId('composer').waitFor()
    api.refuseNext('POST', '/messages', 'unavailable')
    await write(page, 'um')
    await page.getByTestId('retry-send').waitFor()
    await page.getByTestId('sign-out').click()
    // Not without a question, and not by a slip.
    await page.getByTestId('confirm').getByText('Há textos seus que não foram enviados.').waitFor()
    await page.getByTestId('confirm-no').click()
    expect(await bubbles(page).count()).toBe(1)
    await page.getByTestId('sign-out').click()
    await page.getByTestId('confirm-yes').click()
    await page.waitForURL(/sign-in/)
    expect(await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith('zaptria.')))).toEqual([])
    api.world.signedIn = true
    await page.evaluate((path) => {
      history.pushState(null, '', path)
      dispatchEvent(new PopStateEvent('popstate'))
    }, chatPath(person))
    await page.getByTestId('message').first().waitFor()
    expect(await bubbles(page).count()).toBe(0)
  })

  it('is nothing for somebody else who signs in where a session has ended by itself', async () => {
    await using person = await visit(built)
    const { page, api } = person
    await page.goto(chatPath(person))
    await page.getByTestId('composer').waitFor()
    await holdMessages(page)
    await write(page, 'um')
    await bubbles(page).waitFor()
    await page.getByTestId('composer').fill('um rascunho')
    // The same person again: nothing is lost.
    await page.reload()
    await bubbles(page).waitFor()
    await waitFor(async () => (await page.getByTestId('composer').inputValue()) === 'um rascunho', { what: 'the draft' })
    await page.goto('about:blank')
    api.world.user = uuid()
    await page.unroute(MESSAGES)
    await page.goto(chatPath(person))
    await page.getByTestId('message').first().waitFor()
    await page.getByTestId('composer').waitFor()
    expect(await page.getByTestId('composer').inputValue()).toBe('')
    expect(await bubbles(page).count()).toBe(0)
    expect(sent(person)).toEqual([])
  })
})

describe('a draft', () => {
  it('shows in the list, is asked about before signing out, and is gone with the person', async () => {
    await using person = await visit(built)
    const { page, troubles } = person
    await page.goto(chatPath(person))
    await page.getByTestId('composer').fill('já vou ver')
    expect(await page.getByTestId('draft').count()).toBe(0)
    await page.goto(tenantPath(person, '/conversations'))
    const draft = page.getByTestId('conversation').first().getByTestId('draft')
    await draft.waitFor()
    expect(await draft.innerText()).toBe('Rascunho: já vou ver')
    await page.getByTestId('sign-out').click()
    await page.getByTestId('confirm').getByText('Sair e perder o que você escreveu?').waitFor()
    await page.getByTestId('confirm-yes').click()
    await page.waitForURL(/sign-in/)
    expect(await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith('zaptria.')))).toEqual([])
    expect(troubles).toEqual([])
  })
})
