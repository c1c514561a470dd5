import { waitFor } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, tenantPath, visit, type Built, type Visit } from '../../testing/browser.ts'
import { addTenants, sayOf } from '../../testing/mock-overview.ts'
import { makeAlert, say } from '../../testing/world.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

const listening = (person: Visit) => waitFor(() => person.api.streams.size === 1, { what: 'the one event stream of the page' })
const asked = ({ api }: Visit) => api.seen.filter(({ path }) => path === '/overview').length

describe('the overview', () => {
  it('of no customer says the next step', async () => {
    await using person = await visit(built)
    const { page, api } = person
    api.world.tenants = []
    await page.goto('/')
    await page.getByTestId('tenants-empty').getByText('Crie o primeiro').waitFor()
    expect(await page.getByTestId('overview-counts').count()).toBe(0)
    await page.getByTestId('tenants-empty').getByTestId('tenant-create').click()
    await page.getByTestId('tenant-name').waitFor()
    expect(person.troubles).toEqual([])
  })

  it('of one customer shows it, what it needs, and follows it by hints alone', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const { world } = api
    await page.goto('/')
    const tile = page.getByTestId('tenant')
    await tile.getByText('Esperando o celular').waitFor()
    expect(await page.getByTestId('attention-item').innerText()).toContain('Padaria Estrela: Esperando o celular')
    await listening(person)
    const before = asked(person)
    say(world, 'connected', 'ready', { number: '5511987654321' })
    api.hint('bot', world.bot.id)
    await tile.getByText('Conectado', { exact: true }).waitFor()
    await tile.getByText('+55 11 98765-4321').waitFor()
    await page.getByTestId('attention-none').waitFor()
    expect(asked(person) - before).toBe(1)
    await page.getByTestId('count-ok').getByText('1 conectado').waitFor()
    expect(person.troubles).toEqual([])
  })

  it('says that a linked bot answers nobody, follows its flow, and lets that be meant so', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const { world } = api
    const [flow] = world.versions
    say(world, 'connected', 'ready', { number: '5511987654321' })
    Object.assign(world, { versions: [], webhooks: [] })
    await page.goto(tenantPath(person))
    await page
      .getByTestId('answered-by-people')
      .getByText('Conectado, mas sem fluxo ativo. Ninguém é respondido automaticamente.')
      .waitFor()
    await page.goto('/')
    await page.getByTestId('attention-item').getByText('sem fluxo ativo').waitFor()
    expect(await page.getByTestId('attention-step').getAttribute('href')).toBe(tenantPath(person, '/flow'))
    await listening(person)
    world.versions = flow === undefined ? [] : [flow]
    api.hint('flow', flow?.id ?? '')
    await page.getByTestId('attention-none').waitFor()
    world.versions = []
    api.hint('flow', flow?.id ?? '')
    await page.getByTestId('by-hand').click()
    await page.getByTestId('attention-none').waitFor()
    await page.reload()
    await page.getByTestId('attention-none').waitFor()
    // Its own page goes on to say how it is.
    await page.getByTestId('tenant-open').click()
    await page.getByTestId('answered-by-people').waitFor()
    expect(person.troubles).toEqual([])
  })

  it('takes the next step from here', async () => {
    await using person = await visit(built)
    const { page, api } = person
    say(api.world, 'logged_out', 'logout_by_phone')
    await page.goto('/')
    await page.locator('[data-testid=attention-step][data-deed=pair]').click()
    await page.waitForURL((url) => url.pathname.startsWith('/tenants/'))
    expect(api.seen.filter(({ path, method }) => method === 'POST' && path.endsWith('/bot/pair')).length).toBe(1)
  })

  it('says alerts before states, the gravest first', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const { world } = api
    addTenants(world, 10)
    world.alerts = [
      makeAlert(world.tenants[3]!, 'bot_banned'),
      { ...makeAlert(world.tenants[4]!, 'bot_restarted', 'replaced, because it had ended: exit code 137'), severity: 'warning' },
    ]
    await page.goto('/')
    const items = page.getByTestId('attention-item')
    await items.first().waitFor()
    expect(await items.count()).toBe(3)
    expect(await items.first().innerText()).toContain(`${world.tenants[3]?.name}: O WhatsApp bloqueou o número`)
    expect(await items.nth(1).innerText()).toContain(`${world.tenants[4]?.name}: O robô foi religado`)
    expect(await page.getByTestId('attention-detail').allInnerTexts()).toEqual(['Ele tinha parado (exit code 137)'])
    await page.getByTestId('attention-all').click()
    await waitFor(async () => (await items.count()) > 3, { what: 'all that needs attention' })
    // The same is not said twice.
    expect(await page.getByTestId('alert-banner').count()).toBe(0)
  })

  it('of 500 customers draws those in view alone, reaches the last, and finds each by name and number', async () => {
    await using person = await visit(built)
    const { page, api } = person
    addTenants(api.world, 500)
    await page.goto('/')
    const tiles = page.getByTestId('tenant')
    await tiles.first().waitFor()
    expect(await page.getByTestId('tenants').getAttribute('data-total')).toBe('500')
    expect(await tiles.count()).toBeLessThan(80)
    await page.locator('#content').evaluate((main) => main.scrollTo({ top: main.scrollHeight }))
    await page.locator('[data-testid=tenant][aria-posinset="500"]').waitFor()
    expect(await tiles.count()).toBeLessThan(80)
    await page.getByTestId('tenant-search').fill('farmacia 487')
    await waitFor(async () => (await tiles.count()) === 1, { what: 'the one that was looked for' })
    expect(await tiles.innerText()).toContain('Farmácia 487')
    await page.getByTestId('tenant-search').fill('80000123')
    await tiles.getByText('123').first().waitFor()
    await page.getByTestId('tenant-search').fill('nada disso')
    await page.getByText('Nada encontrado para “nada disso”').waitFor()
    await page.getByTestId('overview-clear').click()
    await waitFor(async () => (await tiles.count()) > 5, { what: 'all of them again' })
    expect(person.troubles).toEqual([])
  }, 60_000)

  it('filters by its counts, keeps that in the address, and comes back to it', async () => {
    await using person = await visit(built)
    const { page, api } = person
    addTenants(api.world, 60)
    await page.goto('/')
    await page.getByTestId('count-bad').click()
    const bad = Number(/\d+/.exec(await page.getByTestId('count-bad').innerText())?.[0])
    await waitFor(async () => (await page.getByTestId('tenant').count()) === bad, { what: `the ${bad} in trouble` })
    expect(await page.getByTestId('count-bad').getAttribute('aria-pressed')).toBe('true')
    await page.getByTestId('tenant-open').first().click()
    await page.getByTestId('tenant-title').waitFor()
    await page.goBack()
    await waitFor(async () => (await page.getByTestId('tenant').count()) === bad, { what: 'the filter after coming back' })
    expect(new URL(page.url()).searchParams.get('show')).toBe('bad')
  })

  it('asks for what changed in few questions, however many hints come, and moves no tile from under the pointer', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const { world } = api
    addTenants(world, 60)
    for (const { id } of world.tenants.slice(1)) sayOf(world, id, 'connected', 'ready')
    say(world, 'connected', 'ready')
    await page.goto('/')
    const first = page.getByTestId('tenant').first()
    await first.waitFor()
    await listening(person)
    const id = await first.getAttribute('data-tenant')
    await first.hover()
    const before = api.seen.length
    const others = world.tenants.slice(1, 51).filter((tenant) => tenant.id !== id)
    for (const tenant of others) {
      sayOf(world, tenant.id, 'banned', 'account_banned')
      api.hint('bot', world.bots.get(tenant.id)?.id ?? '', tenant.id)
    }
    await page.getByTestId('count-bad').waitFor()
    await waitFor(
      async () =>
        (await page.getByTestId('count-bad').innerText()).startsWith(`${others.length - 1} `) ||
        (await page.getByTestId('count-bad').innerText()).startsWith(`${others.length} `),
      {
        what: 'all that changed',
      },
    )
    expect(api.seen.slice(before).filter(({ path }) => path === '/overview').length).toBeLessThanOrEqual(4)
    expect(await first.getAttribute('data-tenant')).toBe(id)
    await page.getByTestId('tenant-search').hover()
    await waitFor(async () => (await first.getAttribute('data-tenant')) !== id, { what: 'the gravest to come first' })
    expect(person.troubles).toEqual([])
  })

  it('is a list too, for who wants that, and stays one', async () => {
    await using person = await visit(built, { width: 390 })
    const { page, api } = person
    addTenants(api.world, 30)
    await page.goto('/')
    await page.getByTestId('view-rows').click()
    await page.getByTestId('overview-order').selectOption('name')
    await page.getByTestId('tenant').first().getByText('Academia 008').waitFor()
    await page.reload()
    await page.getByTestId('tenant').first().getByText('Academia 008').waitFor()
    expect(await page.getByTestId('view-rows').getAttribute('aria-pressed')).toBe('true')
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
  })
})
