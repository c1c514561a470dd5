import { waitFor } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, chatPath, tenantPath, visit, type Built } from '../../testing/browser.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

describe('the pages of a customer', () => {
  it('are named in the browser’s tab by what they are and whose, also when they are loaded anew', async () => {
    await using person = await visit(built)
    const { page } = person
    const named = (title: string) => waitFor(async () => (await page.title()) === title, { what: `the title ${title}` })
    await page.goto(tenantPath(person))
    await named('Conectar · Padaria Estrela · Zaptria')
    await page.goto(chatPath(person))
    await named('Conversas · Padaria Estrela · Zaptria')
    await page.getByTestId('tab-flow').click()
    await named('Fluxo · Padaria Estrela · Zaptria')
    await page.getByTestId('tab-details').click()
    await named('Detalhes · Padaria Estrela · Zaptria')
    await page.getByTestId('tab-connect').click()
    await named('Conectar · Padaria Estrela · Zaptria')
    await page.goto('/tenants/01920000-0000-7000-8000-ffffffffffff')
    await named('Este cliente não existe. · Zaptria')
    expect(person.troubles).toEqual([])
  })

  it('are said once, by that name, after the way there', async () => {
    await using person = await visit(built)
    const { page } = person
    await page.goto('/')
    await page.getByTestId('tenant-open').first().waitFor()
    await page.getByTestId('page-said').evaluate((element) => {
      const said: string[] = Object.assign(window, { said: [] as string[] }).said
      new MutationObserver(() => said.push(element.textContent ?? '')).observe(element, {
        childList: true,
        characterData: true,
        subtree: true,
      })
    })
    const said = () => page.evaluate(() => (window as unknown as { said: string[] }).said)
    await page.getByTestId('tenant-open').first().press('Enter')
    await waitFor(async () => (await said()).length > 0, { what: 'the page to be said' })
    await page.getByTestId('tab-details').press('Enter')
    await waitFor(async () => (await said()).length > 1, { what: 'the next page to be said' })
    expect(await said()).toEqual(['Conectar · Padaria Estrela · Zaptria', 'Detalhes · Padaria Estrela · Zaptria'])
  })

  it.each([
    ['its hint is heard', 'tenant'],
    ['anything else of it is asked for', 'bot'],
  ] as const)('of one that was removed elsewhere say so, and offer nothing any more, once %s', async (_, noun) => {
    await using person = await visit(built)
    const { page, api } = person
    await page.goto(tenantPath(person, '/details'))
    await page.getByTestId('fact-server').waitFor()
    await waitFor(() => api.streams.size > 0, { what: 'the stream of hints' })
    const [gone] = api.world.tenants.splice(0)
    if (noun === 'bot') api.refuseNext('GET', '/bot', 'tenant_not_found')
    api.hint(noun, noun === 'bot' ? api.world.bot.id : gone!.id, gone!.id)
    // Its parts say so one by one first.
    await page.getByTestId('tab-details').waitFor({ state: 'detached' })
    expect(await page.getByText('Este cliente não existe.').count()).toBe(1)
    await page.getByRole('link', { name: 'Voltar' }).or(page.getByRole('main').getByRole('link')).first().click()
    await page.waitForURL((url) => url.pathname === '/')
  })
})
