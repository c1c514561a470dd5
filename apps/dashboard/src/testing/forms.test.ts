import { waitFor } from '@zaptria/lab/testing'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, chatPath, tenantPath, visit, type Built } from './browser.ts'
import { makeQuickReply } from './world.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))
/** What is said of the field with this test id. */
const saidOf = (page: Page, testId: string) =>
  page.getByTestId(testId).evaluate((field) => {
    const ids = (field.getAttribute('aria-describedby') ?? '').split(' ')
    return ids.map((id) => document.getElementById(id)).find((each) => each?.role === 'alert')?.textContent ?? null
  })
const fault = (path: string, code: string) => ({ path, message: 'in English', code })

describe('a field that the server does not take', () => {
  it('says so itself, and has the focus, until it is changed', async () => {
    await using person = await visit(built)
    const { page, api } = person
    await page.goto(tenantPath(person, '/details'))
    await page.getByTestId('webhook-new').click()
    await page.getByTestId('webhook-url').fill('http://loja.example.com/in')
    api.refuseNext('POST', '/webhooks', 'validation_failed', [fault('url', 'https_required')])
    await page.getByTestId('webhook-create').click()
    await waitFor(async () => (await focused(page)) === 'webhook-url', { what: 'the focus on the address' })
    expect(await saidOf(page, 'webhook-url')).toBe('Deve começar com https://')
    expect(await page.getByTestId('problem').count()).toBe(0)
    await page.getByTestId('webhook-url').fill('https://loja.example.com/in')
    expect(await saidOf(page, 'webhook-url')).toBeNull()
    // What belongs to no field of the form is said below it, alone.
    api.refuseNext('POST', '/webhooks', 'validation_failed', [fault('url', 'address_forbidden'), fault('events', 'too_small')])
    await page.getByTestId('webhook-create').click()
    await page.getByTestId('problem').waitFor()
    expect(await page.getByTestId('problem').locator('li').allInnerTexts()).toEqual(['events é curto ou pequeno demais'])
    expect(await saidOf(page, 'webhook-url')).toContain('Leva a este servidor')
    expect(person.troubles).toEqual([])
  })

  it('says so of a customer that is made and changed, and of a quick reply', async () => {
    await using person = await visit(built)
    const { page, api } = person
    await page.goto(tenantPath(person, '/details'))
    await page.getByTestId('tenant-name').fill('Padaria\u200B')
    api.refuseNext('PATCH', '', 'validation_failed', [fault('name', 'unstorable')])
    await page.getByTestId('tenant-save').click()
    await waitFor(async () => (await saidOf(page, 'tenant-name')) === 'Tem um caractere que não pode ser guardado', { what: 'the fault' })
    await page.getByTestId('quick-new').click()
    await page.getByTestId('quick-shortcut').fill('pix')
    await page.getByTestId('quick-body').fill('A chave')
    api.refuseNext('POST', '/quick-replies', 'validation_failed', [fault('body', 'too_big')])
    await page.getByTestId('quick-save').click()
    await waitFor(async () => (await focused(page)) === 'quick-body', { what: 'the focus on the text' })
    expect(await saidOf(page, 'quick-body')).toBe('É longo ou grande demais')
    await page.goto('/')
    await page.getByTestId('tenant-create').first().click()
    await page.getByTestId('tenant-name').fill('Loja')
    await page.getByTestId('tenant-external-id').fill('7')
    api.refuseNext('POST', '/tenants', 'validation_failed', [fault('external_id', 'unstorable')])
    await page.getByTestId('tenant-submit').click()
    await waitFor(async () => (await focused(page)) === 'tenant-external-id', { what: 'the focus on the id' })
    expect(await page.getByTestId('problem').count()).toBe(0)
  })
})

describe('what is written and saved', () => {
  it('of a customer says so where it was saved, and stays as it is there', async () => {
    await using person = await visit(built)
    const { page, api, troubles } = person
    await page.goto(tenantPath(person, '/details'))
    await page.getByTestId('tenant-name').fill('Padaria da Praça')
    await page.getByTestId('tenant-save').click()
    await page.getByTestId('tenant-save').getByText('Salvo').waitFor()
    api.hint('tenant', api.world.tenants[0]?.id ?? '')
    await page.getByRole('heading', { name: 'Padaria da Praça' }).first().waitFor()
    expect(await page.getByTestId('tenant-save').innerText()).toBe('Salvo')
    expect(await focused(page)).toBe('tenant-save')
    // A change made elsewhere begins anew.
    Object.assign(api.world.tenants[0] ?? {}, { name: 'Outra', updated_at: new Date().toISOString() })
    api.hint('tenant', api.world.tenants[0]?.id ?? '')
    await waitFor(async () => (await page.getByTestId('tenant-name').inputValue()) === 'Outra', { what: 'the other name' })
    expect(await page.getByTestId('tenant-save').innerText()).toBe('Salvar')
    expect(troubles).toEqual([])
  })
})

describe('what is written and not saved', () => {
  it('of a customer is not left without a question, nor saved without a name', async () => {
    await using person = await visit(built)
    const { page, api } = person
    await page.goto(tenantPath(person, '/details'))
    await page.getByTestId('tenant-name').fill('  ')
    expect(await page.getByTestId('tenant-save').isDisabled()).toBe(true)
    await page.getByTestId('tenant-name').fill('Padaria da Praça')
    await page.getByTestId('tab-connect').click()
    await page.getByTestId('confirm').getByText('Sair e perder o que você mudou?').waitFor()
    await page.getByTestId('confirm-no').click()
    expect(await page.getByTestId('tenant-name').inputValue()).toBe('Padaria da Praça')
    await page.getByTestId('tab-connect').click()
    await page.getByTestId('confirm-yes').click()
    await page.waitForURL((url) => url.pathname === tenantPath(person))
    await page.getByTestId('tab-details').click()
    await page.getByTestId('tenant-name').waitFor()
    await page.getByTestId('tab-connect').click()
    await page.waitForURL((url) => url.pathname === tenantPath(person))
    expect(api.seen.filter(({ method }) => method === 'PATCH')).toEqual([])
    expect(person.troubles).toEqual([])
  })

  it('of a quick reply is not lost by Escape, which closes the form alone', async () => {
    await using person = await visit(built)
    const { page, api } = person
    api.world.quickReplies = [makeQuickReply('pix', 'A chave é 123.')]
    await page.goto(chatPath(person))
    await page.getByTestId('quick-open').click()
    await page.getByTestId('quick-manage').click()
    const dialog = page.getByTestId('quick-dialog')
    await dialog.getByTestId('quick-edit').click()
    // Nothing is written yet: nothing is asked.
    await page.getByTestId('quick-shortcut').press('Escape')
    await page.getByTestId('quick-shortcut').waitFor({ state: 'detached' })
    await dialog.getByTestId('quick-new').click()
    await page.getByTestId('quick-body').fill('Até amanhã!')
    await page.getByTestId('quick-body').press('Escape')
    await page.getByTestId('confirm').getByText('Descartar o que você escreveu?').waitFor()
    await page.getByTestId('confirm-no').click()
    expect(await page.getByTestId('quick-body').inputValue()).toBe('Até amanhã!')
    // Nor by beginning another.
    await dialog.getByTestId('quick-edit').click()
    await page.getByTestId('confirm-yes').click()
    await waitFor(async () => (await page.getByTestId('quick-shortcut').inputValue()) === 'pix', { what: 'the other one' })
    await page.keyboard.press('Escape')
    await page.getByTestId('quick-shortcut').waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(person.troubles).toEqual([])
  })
})

describe('a secret that is shown once', () => {
  it('is copied by the first key, and put away by Escape and by a button, not by a click beside it', async () => {
    await using person = await visit(built)
    const { page } = person
    const make = async () => {
      await page.getByTestId('webhook-new').click()
      await page.getByTestId('webhook-url').fill('https://loja.example.com/in')
      await page.getByTestId('webhook-create').click()
      await page.getByTestId('webhook-secret').waitFor()
    }
    await page.goto(tenantPath(person, '/details'))
    await make()
    await waitFor(async () => (await focused(page)) === 'webhook-secret-copy', { what: 'the focus on the copying' })
    await page.mouse.click(5, 5)
    expect(await page.getByTestId('webhook-secret').count()).toBe(1)
    await page.keyboard.press('Escape')
    await page.getByTestId('webhook-secret').waitFor({ state: 'detached' })
    await make()
    await page.getByRole('button', { name: 'Pronto' }).click()
    await page.getByTestId('webhook-secret').waitFor({ state: 'detached' })
    expect(person.troubles).toEqual([])
  })
})
