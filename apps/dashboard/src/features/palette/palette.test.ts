import { waitFor } from '@zaptria/lab/testing'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, chatPath, tenantPath, visit, type Built } from '../../testing/browser.ts'
import { addTenants } from '../../testing/mock-overview.ts'
import { say } from '../../testing/world.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? document.activeElement?.tagName)
const active = (page: Page) => page.locator('[data-testid=palette-option][aria-selected=true]')
const at = (page: Page, end: string) => page.waitForURL((url) => url.pathname.endsWith(end))
async function open(page: Page): Promise<void> {
  await page.keyboard.press('Control+k')
  await page.getByTestId('palette-input').waitFor()
}

describe('the command palette', () => {
  it('jumps to a customer and its pages by the keyboard alone, accents or not', async () => {
    await using person = await visit(built)
    const { page, api } = person
    addTenants(api.world, 500)
    const [tenant] = api.world.tenants
    if (tenant !== undefined) tenant.name = 'Padária Estrela'
    await page.goto('/settings')
    await page.getByTestId('sign-out').waitFor()
    await open(page)
    await page.keyboard.type('estrela padaria')
    await active(page).getByText('Padária Estrela').waitFor()
    await page.keyboard.press('Enter')
    await at(page, tenantPath(person))
    await open(page)
    await page.keyboard.type('estrela fluxo')
    await active(page).getByText('Fluxo').waitFor()
    await page.keyboard.press('Enter')
    await at(page, '/flow')
    // What was chosen last comes first.
    await open(page)
    await active(page).getByText('Fluxo').waitFor()
    await page.keyboard.press('ArrowDown')
    await active(page).getByText('Padária Estrela').waitFor()
    expect(await page.getByTestId('palette-input').getAttribute('aria-activedescendant')).toBe(await active(page).getAttribute('id'))
    expect(await focused(page)).toBe('palette-input')
    expect(person.troubles).toEqual([])
  })

  it('keeps what is typed in it while the page behind it arrives', async () => {
    await using person = await visit(built)
    const { page } = person
    await page.goto('/settings')
    await page.getByTestId('sign-out').waitFor()
    await open(page)
    await page.keyboard.press('Escape')
    await page.getByTestId('palette-input').waitFor({ state: 'detached' })
    const slow = Promise.withResolvers<void>()
    await page.route('**/assets/*.js', async (route) => {
      await slow.promise
      await route.continue()
    })
    await page.getByTestId('nav-alerts').click()
    await open(page)
    await page.keyboard.type('estr')
    slow.resolve()
    await page.locator('#content h1', { hasText: 'Alertas' }).waitFor()
    await page.keyboard.type('ela')
    expect(await page.getByTestId('palette-input').inputValue()).toBe('estrela')
    expect(await focused(page)).toBe('palette-input')
  })

  it('finds conversations of any customer by name and number', async () => {
    await using person = await visit(built)
    const { page } = person
    await page.goto('/alerts')
    await page.getByTestId('palette-open').click()
    await page.getByTestId('palette-input').waitFor()
    await page.keyboard.type('ana sou')
    await active(page).getByText('Ana Souza').waitFor()
    expect(await active(page).innerText()).toContain('Padaria Estrela')
    await page.getByTestId('palette-input').fill('98888')
    await active(page).getByText('Ana Souza').waitFor()
    await page.keyboard.press('Enter')
    await at(page, chatPath(person))
  })

  it('gives the focus back, and says when nothing is found', async () => {
    await using person = await visit(built)
    const { page } = person
    await page.goto('/')
    await page.getByTestId('tenant-search').focus()
    await open(page)
    await page.keyboard.type('zzzz')
    await page.getByTestId('palette-none').waitFor()
    await page.keyboard.press('Escape')
    await page.getByTestId('palette').waitFor({ state: 'detached' })
    await waitFor(async () => (await focused(page)) === 'tenant-search', { what: 'the focus to be back in the search' })
  })

  it('restarts a bot: asks whose, says what follows, shows how it comes back', async () => {
    await using person = await visit(built)
    const { page, api } = person
    say(api.world, 'connected', 'ready')
    addTenants(api.world, 20)
    await page.goto('/')
    await page.getByTestId('tenant').first().waitFor()
    await open(page)
    await page.keyboard.type('religar')
    await active(page).getByText('Religar o robô de…').waitFor()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Backspace')
    await page.getByPlaceholder('Cliente, contato, ação…').waitFor()
    await page.keyboard.type('religar')
    await page.keyboard.press('Enter')
    await page.keyboard.type('padaria estrela')
    await active(page).getByText('Padaria Estrela').waitFor()
    await page.keyboard.press('Enter')
    expect(await page.getByTestId('confirm').innerText()).toContain('Religar o robô de Padaria Estrela?')
    await page.getByTestId('confirm-yes').click()
    await at(page, tenantPath(person))
    expect(api.seen.filter(({ method, path }) => method === 'POST' && path.endsWith('/bot/restart')).length).toBe(1)
  })

  it('offers what can be done for the customer whose page is open first, in the words of either language', async () => {
    await using person = await visit(built)
    const { page, api } = person
    say(api.world, 'connected', 'ready')
    addTenants(api.world, 20)
    await page.goto(tenantPath(person, '/details'))
    await page.getByTestId('deed-stop').waitFor()
    await open(page)
    for (const typed of ['parar', 'stop']) {
      await page.getByTestId('palette-input').fill(typed)
      await active(page).getByText('Parar o robô', { exact: true }).waitFor()
      expect(await active(page).innerText()).toContain('Padaria Estrela')
    }
    await page.keyboard.press('Enter')
    expect(await page.getByTestId('confirm').innerText()).toContain('Parar o robô de Padaria Estrela?')
  })

  it('stops a bot as its own page does: says that one click undoes it, and offers that click', async () => {
    await using person = await visit(built)
    const { page, api } = person
    say(api.world, 'connected', 'ready')
    await page.goto('/')
    await page.getByTestId('tenant').waitFor()
    await open(page)
    await page.keyboard.type('parar')
    await active(page).getByText('Parar o robô de…').waitFor()
    await page.keyboard.press('Enter')
    await active(page).getByText('Padaria Estrela').waitFor()
    await page.keyboard.press('Enter')
    const asked = await page.getByTestId('confirm').innerText()
    expect(asked).toContain('Parar o robô de Padaria Estrela?')
    expect(asked).toContain('Dá para desfazer depois, com um clique.')
    expect(api.world.bot.desired).toBe('running')
    await page.getByTestId('confirm-yes').click()
    await at(page, tenantPath(person))
    await page.getByTestId('way-out-start').click()
    await page.getByTestId('way-out-start').waitFor({ state: 'detached' })
    expect(api.world.bot.desired).toBe('running')
    // Nobody stops what is stopped.
    api.world.bot.desired = 'stopped'
    await page.reload()
    await page.getByTestId('way-out-start').waitFor()
    await open(page)
    await page.keyboard.type('padaria parar')
    await page.getByTestId('palette-none').waitFor()
    expect(person.troubles).toEqual([])
  })

  it('changes the look, found by what people call it', async () => {
    await using person = await visit(built)
    const { page } = person
    const theme = () => page.evaluate(() => document.documentElement.dataset['theme'] ?? 'system')
    await page.goto('/')
    await page.getByTestId('tenant').waitFor()
    for (const [typed, title, chosen] of [
      ['modo escuro', 'Aparência: Escura', 'dark'],
      ['tema claro', 'Aparência: Clara', 'light'],
      ['aparelho', 'Aparência: Do aparelho', 'system'],
    ] as const) {
      await open(page)
      await page.keyboard.type(typed)
      await active(page).getByText(title).waitFor()
      await page.keyboard.press('Enter')
      await waitFor(async () => (await theme()) === chosen, { what: `the look to be ${chosen}` })
    }
    // The look that it has is no change.
    await open(page)
    expect(await page.locator('[data-entry="do:theme-system"]').count()).toBe(0)
    expect(await page.locator('[data-entry="do:theme-dark"]').count()).toBe(1)
  })

  it('asks the server for no single letter, nor for one emoji', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const asked = () => api.seen.filter(({ path }) => path === '/conversations').map(({ query }) => new URLSearchParams(query).get('q'))
    await page.goto('/')
    await page.getByTestId('tenant').waitFor()
    await open(page)
    for (const typed of ['ж', '\u{1f600}', '\u{1f600}\u{1f600}']) {
      await page.getByTestId('palette-input').fill(typed)
      await page.getByTestId('palette-none').getByText(`“${typed}”`).waitFor()
    }
    expect(asked()).toEqual(['\u{1f600}\u{1f600}'])
  })

  it('sends a pairing link, makes a customer, changes the language, signs out', async () => {
    await using person = await visit(built)
    const { page, api } = person
    await page.goto('/')
    await page.getByTestId('tenant').waitFor()
    await open(page)
    await page.keyboard.type('padaria link')
    await active(page).getByText('Enviar link de conexão').waitFor()
    await page.keyboard.press('Enter')
    await page.getByTestId('pairing-link-create').waitFor()
    await page.keyboard.press('Escape')
    await page.getByTestId('pairing-link-create').waitFor({ state: 'detached' })
    await open(page)
    await page.keyboard.type('novo cliente')
    await page.keyboard.press('Enter')
    await page.getByTestId('tenant-name').waitFor()
    await waitFor(async () => (await focused(page)) === 'tenant-name', { what: 'the focus in the new customer’s name' })
    await page.keyboard.press('Escape')
    await page.getByTestId('tenant-name').waitFor({ state: 'detached' })
    await open(page)
    await page.keyboard.type('english')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Customers' }).waitFor()
    await open(page)
    await page.keyboard.type('sign out')
    await page.keyboard.press('Enter')
    await page.getByTestId('email').waitFor()
    expect(await page.evaluate(() => localStorage.getItem('zaptria.recent'))).toBeNull()
    expect(api.world.signedIn).toBe(false)
    expect(person.troubles).toEqual([])
  })

  it('fills a phone’s width', async () => {
    await using person = await visit(built, { width: 390, height: 700, touch: true })
    const { page } = person
    await page.goto('/')
    await page.getByTestId('palette-open').click()
    const box = await page.getByTestId('palette').boundingBox()
    expect(box).toMatchObject({ x: 0, y: 0, width: 390 })
    await page.locator('[data-entry="go:/alerts"]').click()
    await at(page, '/alerts')
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
  })
})

describe('the keyboard', () => {
  it('opens the sheet of shortcuts by “?”, not while one types, and not when that is switched off', async () => {
    await using person = await visit(built)
    const { page } = person
    await page.goto('/')
    await page.getByTestId('tenant-search').fill('a?')
    await page.getByTestId('tenant-search').press('?')
    expect(await page.getByTestId('shortcut-sheet').count()).toBe(0)
    await page.locator('#content').focus()
    await page.keyboard.press('?')
    await page.getByTestId('shortcut-sheet').waitFor()
    await page.getByTestId('single-keys').click()
    await page.keyboard.press('Escape')
    await page.getByTestId('shortcut-sheet').waitFor({ state: 'detached' })
    await page.keyboard.press('?')
    await page.keyboard.press('/')
    await open(page)
    expect(await page.getByTestId('shortcut-sheet').count()).toBe(0)
  })

  it('“/” goes to the search', async () => {
    await using person = await visit(built)
    const { page } = person
    await page.goto('/')
    await page.getByTestId('tenant').waitFor()
    await page.keyboard.press('/')
    expect(await focused(page)).toBe('tenant-search')
    expect(await page.getByTestId('tenant-search').inputValue()).toBe('')
  })

  it('stands on the new page’s heading after each way, and the page is said', async () => {
    await using person = await visit(built)
    const { page } = person
    await page.goto('/')
    await page.getByTestId('tenant-open').first().press('Enter')
    await waitFor(async () => (await focused(page)) === 'tenant-title', { what: 'the focus on the customer’s name' })
    await page.getByTestId('nav-alerts').press('Enter')
    await waitFor(() => page.evaluate(() => document.activeElement?.textContent === 'Alertas'), { what: 'the focus on the heading' })
    await waitFor(async () => (await page.getByTestId('page-said').innerText()) === 'Alertas · Zaptria', { what: 'the page to be said' })
    await page.goBack()
    await waitFor(async () => (await focused(page)) === 'tenant-title', { what: 'the focus on the customer’s name again' })
  })
})
