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
})
