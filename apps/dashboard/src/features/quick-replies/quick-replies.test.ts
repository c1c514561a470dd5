import { waitFor } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, chatPath, tenantPath, visit, type Built, type Visit } from '../../testing/browser.ts'
import { makeQuickReply } from '../../testing/world.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

const calls = ({ api }: Visit, method: string, path: string) =>
  api.seen.filter((call) => call.method === method && call.path.includes(path))

describe('quick replies in the chat', () => {
  it('open by /, are narrowed by what follows, chosen by arrows and Enter, and call the contact by name', async () => {
    await using person = await visit(built)
    const { page, api } = person
    api.world.quickReplies = [
      makeQuickReply('bom-dia', 'Bom dia, {{name}}! Como posso ajudar?'),
      makeQuickReply('bom-tarde', 'Boa tarde, {{nome}}!'),
      makeQuickReply('horario', 'Abrimos às 6h.'),
    ]
    await page.goto(chatPath(person))
    const composer = page.getByTestId('composer')
    await composer.pressSequentially('/')
    await page.getByTestId('quick-reply').nth(2).waitFor()
    await composer.pressSequentially('bom')
    await waitFor(async () => (await page.getByTestId('quick-reply').count()) === 2, { what: 'the two that fit' })
    await composer.press('ArrowDown')
    expect(await page.locator('[data-testid=quick-reply][aria-selected=true]').innerText()).toContain('/bom-tarde')
    const meant = await composer.getAttribute('aria-activedescendant')
    expect(await page.locator(`[id="${meant}"]`).innerText()).toContain('Boa tarde, Ana!')
    await composer.press('Enter')
    expect(await composer.inputValue()).toBe('Boa tarde, Ana!')
    expect(await page.getByTestId('quick-replies').count()).toBe(0)
    expect(calls(person, 'POST', '/messages')).toEqual([])
    await composer.press('Enter')
    await waitFor(() => calls(person, 'POST', '/messages').length === 1, { what: 'the message' })
    expect(calls(person, 'POST', '/messages')[0]?.body).toEqual({ body: 'Boa tarde, Ana!' })
    expect(person.troubles).toEqual([])
  })

  it('opened by the button are closed by writing on, so that Enter sends what was written and nothing else', async () => {
    await using person = await visit(built)
    const { page, api } = person
    api.world.quickReplies = [makeQuickReply('pix', 'Chave Pix: 123')]
    await page.goto(chatPath(person))
    await page.getByTestId('quick-open').click()
    await page.getByTestId('quick-reply').waitFor()
    const composer = page.getByTestId('composer')
    await composer.pressSequentially('bom dia')
    await page.getByTestId('quick-replies').waitFor({ state: 'detached' })
    await composer.press('Enter')
    await waitFor(() => calls(person, 'POST', '/messages').length === 1, { what: 'the message' })
    expect(calls(person, 'POST', '/messages')[0]?.body).toEqual({ body: 'bom dia' })
    expect(await page.getByTestId('quick-replies').count()).toBe(0)
    expect(person.troubles).toEqual([])
  })

  it('are closed by Escape and do not come back for the same text', async () => {
    await using person = await visit(built)
    const { page, api } = person
    api.world.quickReplies = [makeQuickReply('horario', 'Abrimos às 6h.')]
    await page.goto(chatPath(person))
    const composer = page.getByTestId('composer')
    await composer.pressSequentially('/h')
    await page.getByTestId('quick-reply').waitFor()
    await composer.press('Escape')
    await page.getByTestId('quick-replies').waitFor({ state: 'detached' })
    await composer.pressSequentially('o')
    expect(await page.getByTestId('quick-replies').count()).toBe(0)
  })

  it('that are not there are not sent by one Enter: it says so, and the next one sends', async () => {
    await using person = await visit(built)
    const { page, api } = person
    api.world.quickReplies = [makeQuickReply('horario', 'Abrimos às 6h.')]
    await page.goto(chatPath(person))
    const composer = page.getByTestId('composer')
    await composer.pressSequentially('/pi')
    const panel = page.getByTestId('quick-replies')
    await panel.getByText('Nenhuma resposta rápida com “pi”.').waitFor()
    expect(await page.getByTestId('quick-held').innerText()).toBe('')
    await composer.press('Enter')
    await panel.getByText('Enter de novo envia').waitFor()
    // Another text is another question.
    await composer.pressSequentially('x')
    await waitFor(async () => (await page.getByTestId('quick-held').innerText()) === '', { what: 'the question to be gone' })
    await composer.press('Enter')
    await panel.getByText('Enter de novo envia').waitFor()
    expect(calls(person, 'POST', '/messages')).toEqual([])
    expect(await composer.inputValue()).toBe('/pix')
    await composer.press('Enter')
    await waitFor(() => calls(person, 'POST', '/messages').length === 1, { what: 'the message' })
    expect(calls(person, 'POST', '/messages')[0]?.body).toEqual({ body: '/pix' })
  })

  it('that could not be fetched are not sent by one Enter either', async () => {
    await using person = await visit(built)
    const { page, api } = person
    await page.goto(chatPath(person))
    const composer = page.getByTestId('composer')
    await composer.waitFor()
    api.refuseNext('GET', '/quick-replies', 'forbidden')
    await composer.pressSequentially('/pi')
    await page.getByTestId('quick-replies').getByTestId('problem').waitFor()
    await composer.press('Enter')
    await page.getByText('Enter de novo envia').waitFor()
    expect(calls(person, 'POST', '/messages')).toEqual([])
  })

  it('are inserted by touch where the cursor is', async () => {
    await using person = await visit(built, { width: 390, touch: true })
    const { page, api } = person
    api.world.quickReplies = [makeQuickReply('pix', 'A chave é 123.')]
    await page.goto(chatPath(person))
    const composer = page.getByTestId('composer')
    await composer.fill('Certo. Até já!')
    await composer.evaluate((area: HTMLTextAreaElement) => area.setSelectionRange(7, 7))
    await page.getByTestId('quick-open').tap()
    await page.getByTestId('quick-reply').tap()
    expect(await composer.inputValue()).toBe('Certo. A chave é 123.Até já!')
  })

  it('are made where they are used, and a shortcut that is taken or no word is said so', async () => {
    await using person = await visit(built)
    const { page, api } = person
    api.world.quickReplies = [makeQuickReply('pix', 'A chave é 123.')]
    await page.goto(chatPath(person))
    await page.getByTestId('quick-open').click()
    await page.getByTestId('quick-manage').click()
    const dialog = page.getByTestId('quick-dialog')
    await dialog.getByTestId('quick-new').click()
    await page.getByTestId('quick-shortcut').fill('duas palavras')
    await page.getByTestId('quick-body').fill('Até amanhã!')
    await dialog.getByText('Use só letras').waitFor()
    expect(await page.getByTestId('quick-save').isDisabled()).toBe(true)
    await page.getByTestId('quick-shortcut').fill('/pix')
    await page.getByTestId('quick-save').click()
    await dialog.getByText('Já existe uma resposta com este atalho.').waitFor()
    await page.getByTestId('quick-shortcut').fill('tchau')
    await page.getByTestId('quick-save').click()
    await dialog.getByText('/tchau').waitFor()
    expect(calls(person, 'POST', '/quick-replies').at(-1)).toMatchObject({
      body: { shortcut: 'tchau', body: 'Até amanhã!' },
      key: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(calls(person, 'POST', '/messages')).toEqual([])
    await page.getByTestId('dialog-close').click()
    await page.getByTestId('composer').fill('/tch')
    await page.getByTestId('quick-reply').click()
    expect(await page.getByTestId('composer').inputValue()).toBe('Até amanhã!')
  })

  it('are changed and removed in the tenant’s details, after saying what follows', async () => {
    await using person = await visit(built)
    const { page, api } = person
    api.world.quickReplies = [makeQuickReply('pix', 'A chave é 123.')]
    await page.goto(tenantPath(person, '/details'))
    await page.getByTestId('quick-edit').click()
    await page.getByTestId('quick-body').fill('A chave é 456.')
    await page.getByTestId('quick-save').click()
    await page.getByTestId('quick-item').getByText('A chave é 456.').waitFor()
    await page.getByTestId('quick-remove').click()
    expect(await page.getByTestId('confirm').innerText()).toContain('Ela some da lista de todos que respondem aqui.')
    await page.getByTestId('confirm-yes').click()
    await page.getByTestId('quick-manager').getByText('Nenhuma ainda.').waitFor()
    expect(api.world.quickReplies).toEqual([])
  })
})
