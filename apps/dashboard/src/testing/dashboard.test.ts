import { WebhookSubscription } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, tenantPath, visit, type Built } from './browser.ts'
import { calls, listening, text } from './steps.ts'
import { makeAlert, makeDelivery, say } from './world.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

describe('signing in', () => {
  it('leads back to the page that was asked for, by password', async () => {
    await using person = await visit(built)
    const { page, api } = person
    api.world.signedIn = false
    await page.goto(tenantPath(person, '/flow'))
    await page.getByTestId('email').fill('dona@example.com')
    await page.getByTestId('password').fill('errada')
    await page.getByTestId('sign-in').click()
    expect(await text(page, 'problem')).toContain('E-mail ou senha não conferem.')
    await page.getByTestId('password').fill('certa')
    await page.getByTestId('sign-in').click()
    await page.getByTestId('flow-text').waitFor()
    expect(new URL(page.url()).pathname).toBe(tenantPath(person, '/flow'))
  })

  it('by link works once, on a click, with a token of digits too', async () => {
    await using person = await visit(built)
    const { page, api } = person
    api.world.signedIn = false
    await page.goto('/sign-in?token=0123')
    await page.getByTestId('sign-in-link').waitFor()
    expect(calls(person, 'POST', '/session/link')).toEqual([])
    await page.getByTestId('sign-in-link').click()
    await page.getByTestId('tenant').waitFor()
    expect(calls(person, 'POST', '/session/link').map(({ body }) => body)).toEqual([{ token: '0123' }])
    api.world.signedIn = false
    await page.goto('/sign-in?token=999')
    await page.getByTestId('sign-in-link').click()
    expect(await text(page, 'problem')).toContain('Este link já foi usado ou venceu.')
  })

  it('says why one is there: a page that was asked for, or a session that ended', async () => {
    await using person = await visit(built)
    const { page, api } = person
    api.world.signedIn = false
    await page.goto(tenantPath(person, '/flow'))
    await page.getByText('Entre para abrir a página que você pediu.').waitFor()
    expect(await page.getByTestId('signed-out').count()).toBe(0)
    api.world.signedIn = true
    await page.goto('/')
    await page.getByTestId('tenant').waitFor()
    api.world.signedIn = false
    await page.reload()
    expect(await text(page, 'signed-out')).toContain('Sua sessão terminou')
    await page.getByTestId('email').fill('dona@example.com')
    await page.getByTestId('password').fill('certa')
    await page.getByTestId('sign-in').click()
    await page.getByTestId('tenant').waitFor()
    // Who has signed out knows why.
    await page.getByTestId('sign-out').click()
    await page.getByTestId('email').waitFor()
    expect(await page.getByTestId('signed-out').count()).toBe(0)
  })

  it('is asked for again where the session ends, and leads back', async () => {
    await using person = await visit(built)
    const { page, api } = person
    await page.goto(tenantPath(person, '/details'))
    await page.getByTestId('fact-server').waitFor()
    api.world.signedIn = false
    await page.getByTestId('tab-flow').click()
    await page.getByTestId('email').fill('dona@example.com')
    await page.getByTestId('password').fill('certa')
    await page.getByTestId('sign-in').click()
    await page.getByTestId('flow-text').waitFor()
    expect(person.troubles).toEqual([])
  })
})

describe('a tenant', () => {
  it('is made and opened, with its token shown once, and a retry makes no second one', async () => {
    await using person = await visit(built)
    const { page, api } = person
    await page.goto('/')
    await page.getByTestId('tenant-create').click()
    await page.getByTestId('tenant-name').fill('Loja Nova')
    api.refuseNext('POST', '/tenants', 'unavailable')
    await page.getByTestId('tenant-submit').click()
    expect(await text(page, 'problem')).toContain('O servidor não pode responder agora.')
    await page.getByTestId('tenant-submit').click()
    await page.getByTestId('qr').waitFor()
    expect(new URL(page.url()).pathname).toBe(`/tenants/${api.world.tenants.at(-1)?.id}`)
    await waitFor(() => page.evaluate(() => document.activeElement?.textContent === 'Loja Nova'), { what: 'the focus on the heading' })
    await page.getByTestId('tenant-dialog').waitFor({ state: 'detached' })
    expect(await text(page, 'bot-token')).toMatch(/^zbt_x{44}$/)
    await page.getByTestId('token-hide').click()
    await page.getByTestId('bot-token').waitFor({ state: 'detached' })
    const [first, second, ...more] = calls(person, 'POST', '/tenants')
    expect(more).toEqual([])
    expect(first?.key).toMatch(/^[0-9a-f-]{36}$/)
    expect(second).toEqual(first)
    expect(second?.body).toEqual({ name: 'Loja Nova', subscription: 'paid' })
  })

  it('that has not paid is opened too, and has no token', async () => {
    await using person = await visit(built)
    const { page } = person
    await page.goto('/')
    await page.getByTestId('tenant-create').click()
    await page.getByTestId('tenant-name').fill('Loja Devedora')
    await page.getByTestId('tenant-paid').click()
    await page.getByTestId('tenant-submit').click()
    await page.getByRole('heading', { name: 'Loja Devedora' }).waitFor()
    await page.getByTestId('connect').waitFor()
    expect(await page.getByTestId('bot-token').count()).toBe(0)
    expect(person.troubles).toEqual([])
  })

  it('that does not exist is said so', async () => {
    await using person = await visit(built)
    await person.page.goto('/tenants/01920000-0000-7000-8000-ffffffffffff')
    expect(await text(person.page, 'problem')).toContain('Este cliente não existe.')
  })
})

describe('webhooks', () => {
  it('are made with their secret shown once, switched off, and sent again what failed', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const failed = [{ at: '2026-11-24T20:00:00.000Z', status: 500, duration_ms: 12, error: 'answered 500', response: null }]
    api.world.deliveries = [makeDelivery({ status: 'failed', attempts: failed })]
    await page.goto(tenantPath(person, '/details'))
    await page.getByTestId('webhook-new').click()
    await page.getByTestId('webhook-url').fill('https://loja.example.com/in')
    await page.getByTestId('webhook-all').click()
    await page.getByRole('switch', { name: 'Mensagem na fila' }).click()
    await page.getByTestId('webhook-create').click()
    expect(await text(page, 'webhook-secret')).toMatch(/^whsec_x+$/)
    const [made] = calls(person, 'POST', '/webhooks')
    expect(made?.key).toMatch(/^[0-9a-f-]{36}$/)
    expect(made?.body).toEqual({
      url: 'https://loja.example.com/in',
      description: '',
      events: WebhookSubscription.options.filter((type) => type !== 'message.queued'),
    })
    await page.getByRole('button', { name: 'Fechar' }).click()
    const item = page.getByTestId('webhook').first()
    await item.getByText('https://loja.example.com/in').waitFor()
    await item.getByTestId('webhook-deliveries').click()
    expect(await item.getByTestId('webhook-delivery').innerText()).toContain('respondeu 500')
    await item.getByTestId('webhook-replay-failed').click()
    await item.getByText('A caminho').waitFor()
    await item.getByTestId('webhook-switch').click()
    await item.getByText('Desligado').waitFor()
    expect(calls(person, 'PATCH', `/webhooks/${api.world.webhooks[0]?.id}`).map(({ body }) => body)).toEqual([{ enabled: false }])
    expect(person.troubles).toEqual([])
  })
})

describe('connecting', () => {
  it('shows each new QR, then each state, by hints alone', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const { world } = api
    await page.goto(tenantPath(person))
    await page.locator('[data-testid=qr][data-qr="2@first,qr"]').waitFor()
    expect(await text(page, 'qr-countdown')).toMatch(/^Muda em (3\d|40) s$/)
    await listening(person)
    world.qr.qr_code = '2@second,qr'
    api.hint('bot', world.bot.id)
    await page.locator('[data-testid=qr][data-qr="2@second,qr"]').waitFor()

    say(world, 'pairing', 'scanned')
    api.hint('bot', world.bot.id)
    await page.getByText('Escaneado! O celular está confirmando.').first().waitFor()
    expect(await page.locator('[data-testid=connect-progress] [aria-current=step]').innerText()).toContain('Ligar ao celular')
    say(world, 'connected', 'ready', { number: '5511987654321', name: 'Padaria' })
    api.hint('bot', world.bot.id)
    expect(await text(page, 'connected-number')).toBe('Padaria · +55 11 98765-4321')
    expect(await text(page, 'number')).toBe('+55 11 98765-4321')
    expect(person.troubles).toEqual([])
  })

  it('lets a paused QR rest until somebody asks for it', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const { world } = api
    await page.goto(tenantPath(person))
    await page.getByTestId('qr').waitFor()
    await listening(person)
    world.qr.qr_code = null
    say(world, 'qr_ready', 'qr_paused')
    const before = calls(person, 'GET', '/bot').length
    api.hint('bot', world.bot.id)
    await page.getByTestId('qr-show').waitFor()
    const looks = calls(person, 'GET', '/bot/qr').length
    api.hint('bot', world.bot.id)
    await waitFor(() => calls(person, 'GET', '/bot').length > before + 1, { what: 'the second hint to be followed' })
    expect(calls(person, 'GET', '/bot/qr').length).toBe(looks)
    await page.getByTestId('qr-show').click()
    await waitFor(() => calls(person, 'GET', '/bot/qr').length === looks + 1, { what: 'a look at the QR' })
  })

  it('asks before what has consequences, and says them', async () => {
    await using person = await visit(built)
    const { page, api } = person
    say(api.world, 'connected', 'ready')
    await page.goto(tenantPath(person, '/details'))
    await page.getByTestId('deed-logout').click()
    expect(await text(page, 'confirm')).toContain('Para voltar, é preciso escanear um QR novo.')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('confirm-no')
    await page.keyboard.press('Escape')
    await page.getByTestId('confirm').waitFor({ state: 'detached' })
    expect(calls(person, 'POST', '/bot/logout')).toEqual([])
    await page.getByTestId('deed-logout').click()
    await page.getByTestId('confirm-yes').click()
    await waitFor(() => calls(person, 'POST', '/bot/logout').length === 1, { what: 'the logout to be asked for' })
  })
})

describe('a tenant’s page', () => {
  it('begins at its top, and one that is come back to is where it was left', async () => {
    await using person = await visit(built, { width: 390, height: 700 })
    const { page, api } = person
    say(api.world, 'connected', 'ready', { number: '5511987654321' })
    await page.goto(tenantPath(person, '/details'))
    await page.getByTestId('fact-server').waitFor()
    const box = page.locator('[data-page-scroll]')
    const top = () => box.evaluate(({ scrollTop }) => scrollTop)
    const left = await box.evaluate((element) => (element.scrollTop = 500))
    expect(await top()).toBe(left)
    await page.getByTestId('tab-connect').click()
    await page.getByTestId('connected-number').waitFor()
    await waitFor(async () => (await top()) === 0, { what: 'the top of the connection' })
    await page.goBack()
    await page.getByTestId('fact-server').waitFor()
    await waitFor(async () => (await top()) === left, { what: 'where the details were left' })
    await page.getByTestId('tab-conversations').click()
    await page.getByTestId('conversation').waitFor()
    expect(await top()).toBe(0)
  })
})

describe('a bot that cannot be made', () => {
  it('says so instead of "starting", with the server’s reason, in the connection and in the alert', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const { world } = api
    const why = 'the image zaptria/bot:1 is not on the server. Build it there (npm run image)'
    const instance = { state: 'absent', detail: why, at: new Date().toISOString() } as const
    say(world, 'starting', 'boot', { alive: false, last_beat_at: null, instance })
    const [tenant] = world.tenants
    if (tenant !== undefined) world.alerts = [makeAlert(tenant, 'bot_not_made', why)]
    await page.goto(tenantPath(person))
    await page.getByTestId('connect-facts').waitFor()
    expect(await text(page, 'connect-sentence')).toContain('O robô não pôde ser criado')
    expect(await text(page, 'connect-facts')).toBe(why)
    expect(await text(page, 'alert-detail')).toBe(why)
    if (tenant !== undefined) world.alerts = [makeAlert(tenant, 'bot_failed', 'browser_missing: /usr/bin/chromium')]
    await page.goto('/alerts')
    await page.getByTestId('alert-detail').waitFor()
    expect(await text(page, 'alert-detail')).toMatch(/^Falta o Chromium no servidor.*\(\/usr\/bin\/chromium\)$/)
  })
})
