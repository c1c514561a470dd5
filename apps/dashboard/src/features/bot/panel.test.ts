import { waitFor } from '@zaptria/lab/testing'
import { TimelineEntry } from '@zaptria/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, tenantPath, visit, type Built } from '../../testing/browser.ts'
import { makeAlert, say, uuid } from '../../testing/world.ts'
import { partsOf } from './state-stripe.tsx'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

describe('a bot that was connected', () => {
  it('shows how it does, for a day or a week', async () => {
    await using person = await visit(built)
    const { page, api, troubles } = person
    say(api.world, 'connected', 'ready', { number: '5511987654321' })
    await page.goto(tenantPath(person))
    await page.getByTestId('numbers').waitFor()
    expect(await page.getByTestId('number-uptime').innerText()).toBe('99,65%')
    expect(await page.getByTestId('number-received').innerText()).toBe('412')
    expect(await page.getByTestId('number-answer').innerText()).toMatch(/^2,2\ss$/)
    await page
      .getByTestId('number-memory')
      .getByText(/^125\sMB$/u)
      .waitFor()
    expect(await page.getByTestId('numbers').innerText()).toContain('2 não foram · 1 espera')
    expect(await page.getByTestId('state-stripe').getAttribute('aria-label')).toContain('No ar 99,65%')
    expect(await page.getByTestId('state-stripe').locator('[data-tone=warn]').count()).toBe(1)
    await page.getByRole('button', { name: '7 dias' }).click()
    await waitFor(() => api.seen.some(({ query }) => query === 'hours=168'), { what: 'the week to be asked for' })
    expect(troubles).toEqual([])
  })

  it('that waits for its first scan shows that alone', async () => {
    await using person = await visit(built)
    const { page, api } = person
    say(api.world, 'qr_ready', 'waiting_for_scan')
    await page.goto(tenantPath(person))
    await page.getByTestId('qr').waitFor()
    expect(await page.getByTestId('numbers').count()).toBe(0)
    expect(await page.getByTestId('scan-steps').locator('svg').count()).toBe(4)
  })
})

describe('a bot’s details', () => {
  it('tell what happened and why, for how long, and who asked for what', async () => {
    await using person = await visit(built)
    const { page, api, troubles } = person
    say(api.world, 'connected', 'ready')
    await page.goto(tenantPath(person, '/details'))
    const entries = page.getByTestId('timeline-entry')
    await entries.first().waitFor()
    const told = await entries.allInnerTexts()
    expect(told[1]).toContain('dona@example.com religou o robô')
    expect(told[2]).toContain('silent for 60 s')
    expect(told[3]).toContain('A página do WhatsApp travou e está sendo reaberta.')
    expect(told[3]).toContain('durou 2 min 50 s')
    expect(await page.getByText('ontem', { exact: true }).count()).toBe(1)
    // The page scrolls in itself: nothing hidden makes the window longer.
    await page.getByTestId('logs-filter').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollHeight - window.innerHeight)).toBe(0)
    expect(troubles).toEqual([])
  })

  it('let a session that does not come be given up for a new scan', async () => {
    await using person = await visit(built)
    const { page, api, troubles } = person
    say(api.world, 'starting', 'boot')
    await page.goto(tenantPath(person, '/details'))
    await page.getByTestId('deed-restart').waitFor()
    expect(await page.getByTestId('deed-logout').count()).toBe(0)
    say(api.world, 'starting', 'restoring')
    await page.reload()
    await page.getByTestId('deed-logout').click()
    expect(await page.getByTestId('confirm').innerText()).toContain('é preciso escanear um QR novo')
    expect(troubles).toEqual([])
  })

  it('say with whom a number is shared in words, also in the alert above', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const [tenant] = api.world.tenants
    const detail = '+5511900000001: Padaria da Praça'
    if (tenant !== undefined) api.world.alerts = [makeAlert(tenant, 'number_shared', detail)]
    const alert = { kind: 'alert', alert: 'number_shared', severity: 'critical', detail, count: 1, resolved_at: null }
    api.world.timeline = [TimelineEntry.parse({ ...alert, id: uuid(), at: '2026-11-24T20:00:00.000Z' })]
    await page.goto(tenantPath(person, '/details'))
    const sentence = '+55 11 90000-0001 também está com: Padaria da Praça'
    await page.getByTestId('timeline-entry').getByText(sentence).waitFor()
    expect(await page.getByTestId('alert-detail').innerText()).toBe(sentence)
    expect(await page.getByText(detail).count()).toBe(0)
  })

  it('say of a state that was over at once not how long it was', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const state = { kind: 'state', reason: 'ready', detail: null } as const
    api.world.timeline = [
      { ...state, id: '3', at: '2026-11-24T20:00:01.900Z', state: 'connected' },
      { ...state, id: '2', at: '2026-11-24T20:00:01.000Z', state: 'syncing' },
      { ...state, id: '1', at: '2026-11-24T20:00:00.000Z', state: 'pairing' },
    ]
    await page.goto(tenantPath(person, '/details'))
    const entries = page.getByTestId('timeline-entry')
    await entries.first().waitFor()
    const told = await entries.allInnerTexts()
    expect(told[0]).toContain('agora')
    expect(told[1]).not.toMatch(/durou|agora/)
    expect(told[2]).toMatch(/durou 1\s?s/)
  })

  it.each([
    ['stopped', 'bot.stop'],
    ['removed', 'bot.remove'],
  ] as const)('say not that a state lasts until now once the bot is %s', async (desired, action) => {
    await using person = await visit(built)
    const { page, api } = person
    const state = { kind: 'state', detail: null } as const
    const asked = { kind: 'asked', id: '7', actor: 'person:1', actor_name: 'dona@example.com' } as const
    const connected = { ...state, id: '1', at: '2026-11-24T20:00:00.000Z', state: 'connected', reason: 'ready' } as const
    api.world.bot = { ...api.world.bot, desired }
    // It ended without a word of it.
    api.world.timeline = [
      { ...asked, id: '8', at: '2026-11-24T20:01:00.000Z', action },
      { ...asked, at: '2026-11-24T20:00:09.000Z', action },
      connected,
    ]
    await page.goto(tenantPath(person, '/details'))
    const entries = page.getByTestId('timeline-entry')
    await entries.nth(2).waitFor()
    expect(await entries.nth(2).innerText()).toMatch(/durou 9\s?s/)
    expect(await entries.nth(2).innerText()).not.toContain('agora')
    // It said so itself.
    api.world.timeline = [
      { ...state, id: '2', at: '2026-11-24T20:00:10.000Z', state: 'starting', reason: 'stopped' },
      { ...asked, at: '2026-11-24T20:00:09.000Z', action },
      connected,
    ]
    await page.reload()
    await entries.getByText('Robô parado').waitFor()
    const told = await entries.allInnerTexts()
    expect(told[0]).toContain('Robô parado')
    expect(told[0]).not.toMatch(/Preparando|durou|agora/)
    expect(told[2]).toMatch(/durou 10\s?s/)
  })

  it('show the log as it is written, until it is paused, and find lines', async () => {
    await using person = await visit(built)
    const { page, api, troubles } = person
    say(api.world, 'connected', 'ready')
    await page.goto(tenantPath(person, '/details'))
    await page.getByTestId('logs').getByText('listening').waitFor()
    api.world.logs.push({ at: null, line: '{"level":40,"time":1764000000000,"msg":"the page is slow","ms":5200}' })
    await page.getByTestId('logs').getByText('the page is slow').waitFor()
    expect(await page.getByTestId('logs').innerText()).toContain('ms=5200')
    await page.getByTestId('logs-filter').fill('SLOW')
    await page.getByTestId('logs').getByText('listening').waitFor({ state: 'detached' })
    await page.getByTestId('logs-live').click()
    const looks = () => api.seen.filter(({ path }) => path.endsWith('/bot/logs')).length
    const before = looks()
    await page.getByTestId('logs-live').click()
    await waitFor(() => looks() > before, { what: 'the log to be followed again' })
    expect(troubles).toEqual([])
  })

  it('undo a stop with one click', async () => {
    await using person = await visit(built)
    const { page, api } = person
    say(api.world, 'connected', 'ready')
    await page.goto(tenantPath(person, '/details'))
    await page.getByTestId('deed-stop').click()
    expect(await page.getByTestId('confirm').innerText()).toContain('Dá para desfazer depois, com um clique.')
    await page.getByTestId('confirm-yes').click()
    await page.getByTestId('deed-undo').click()
    await waitFor(() => api.world.bot.desired === 'running', { what: 'the bot to be wanted again' })
    await page.getByTestId('deed-undo').waitFor({ state: 'detached' })
    await page.getByTestId('deed-logout').click()
    expect(await page.getByTestId('confirm').innerText()).toContain('Não dá para desfazer.')
  })
})

describe('a customer’s page', () => {
  it('says that the session is brought back, and not that the bot is lost, while that is wished for', async () => {
    await using person = await visit(built)
    const { page, api } = person
    say(api.world, 'connected', 'ready', { alive: false, under_way: 'restore', number: '5511987654321' })
    await page.goto(tenantPath(person))
    const line = page.getByTestId('tenant-bot')
    await line.getByText('Trazendo a sessão de volta').waitFor()
    expect(await line.innerText()).toContain('abre sozinha')
    expect(await page.getByTestId('connect-sentence').innerText()).toContain('Trazendo a sessão de volta')
    await page.goto('/')
    const state = page.getByTestId('tenant-state').first()
    await state.getByText('Trazendo a sessão de volta').waitFor()
    expect(await page.getByTestId('tenant-open').first().getAttribute('data-tone')).toBe('busy')
    await page.getByTestId('attention-none').waitFor()
    expect(person.troubles).toEqual([])
  })

  it.each(['', '/details'])('has grey bars where its bot will be, until that is known: “%s”', async (rest) => {
    await using person = await visit(built)
    const { page } = person
    const held = Promise.withResolvers<void>()
    await page.route(/\/bot$/, async (route) => {
      await held.promise
      await route.continue()
    })
    await page.goto(tenantPath(person, rest))
    await page.locator('[data-page] [role=status] .animate-pulse').first().waitFor()
    held.resolve()
    await page.getByTestId(rest === '' ? 'connect' : 'deed-stop').waitFor()
  })
})

describe('a bot that was stopped or removed', () => {
  it('is there again with one click, also after a look at another page, for some minutes', async () => {
    await using person = await visit(built)
    const { page, api } = person
    say(api.world, 'connected', 'ready')
    await page.clock.install()
    await page.goto(tenantPath(person, '/details'))
    for (const deed of ['stop', 'remove']) {
      await page.getByTestId(`deed-${deed}`).click()
      await page.getByTestId('confirm-yes').click()
      await page.getByTestId('deed-undo').waitFor()
      await page.getByTestId('tab-connect').click()
      await page.getByTestId('way-out-start').waitFor()
      await page.getByTestId('tab-details').click()
      await page.getByTestId('deed-undo').click()
      await page.getByTestId('deed-undo').waitFor({ state: 'detached' })
      expect(api.world.bot.desired).toBe('running')
    }
    await page.getByTestId('deed-stop').click()
    await page.getByTestId('confirm-yes').click()
    await page.getByTestId('deed-undo').waitFor()
    await page.getByTestId('tab-connect').click()
    await page.getByTestId('way-out-start').waitFor()
    await page.clock.fastForward('15:00')
    await page.getByTestId('tab-details').click()
    await page.getByTestId('deed-start').waitFor()
    expect(await page.getByTestId('deed-undo').count()).toBe(0)
  })

  it('that is removed is started from where it is connected', async () => {
    await using person = await visit(built)
    const { page, api } = person
    say(api.world, 'connected', 'ready', { desired: 'removed', instance: { ...api.world.bot.instance, state: 'absent' } })
    await page.goto(tenantPath(person))
    expect(await page.getByTestId('connect-sentence').innerText()).not.toContain('Detalhes')
    await page.getByTestId('way-out-start').click()
    await waitFor(() => api.world.bot.desired === 'running', { what: 'the bot to be wanted again' })
  })
})

describe('the stripe of a period', () => {
  const at = (minutes: number) => new Date(minutes * 60_000).toISOString()
  it('tells a session that is brought back from one that was lost', () => {
    const parts = partsOf({
      from: at(100),
      to: at(200),
      states: [
        { state: 'connected', reason: 'ready', at: at(100) },
        { state: 'reconnecting', reason: 'restoring', at: at(120) },
        { state: 'reconnecting', reason: 'network_lost', at: at(130) },
      ],
    })
    expect(parts.map(({ tone, title }) => [tone, title])).toEqual([
      ['ok', 'state.connected'],
      ['busy', 'state.restoring'],
      ['warn', 'state.reconnecting'],
    ])
  })

  it('begins with what was before, ends now, and joins what is alike', () => {
    const parts = partsOf({
      from: at(100),
      to: at(200),
      states: [
        { state: 'connected', reason: 'ready', at: at(10) },
        { state: 'reconnecting', reason: 'network_lost', at: at(120) },
        { state: 'reconnecting', reason: 'phone_offline', at: at(125) },
        { state: 'connected', reason: 'ready', at: at(130) },
      ],
    })
    expect(parts.map(({ tone, fromMs, toMs }) => [tone, fromMs / 60_000, toMs / 60_000])).toEqual([
      ['ok', 100, 120],
      ['warn', 120, 130],
      ['ok', 130, 200],
    ])
  })
})
