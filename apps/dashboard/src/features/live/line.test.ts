import { waitFor } from '@zaptria/lab/testing'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, tenantPath, visit, type Built, type Visit } from '../../testing/browser.ts'
import { makeAlert, say } from '../../testing/world.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

const text = (page: Page, testId: string) => page.getByTestId(testId).innerText()
/** Waits for a live stream, so that a hint is heard. */
const listening = (person: Visit) => waitFor(() => person.api.streams.size === 1, { what: 'the one event stream of the page' })

describe('the live line', () => {
  it('is one, says when it is down, and catches up when it is back', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const { world } = api
    await page.goto(tenantPath(person))
    await page.getByTestId('qr').waitFor()
    await listening(person)
    api.live = false
    for (const stream of api.streams) stream.destroy()
    await page.getByTestId('live-down').waitFor()
    expect(await text(page, 'live-down')).toBe('Sem conexão com o servidor. O que você vê pode estar desatualizado; tentando de novo…')
    // Changes that no hint tells of.
    say(world, 'connected', 'ready', { number: '5511987654321' })
    const [tenant] = world.tenants
    if (tenant !== undefined) world.alerts = [makeAlert(tenant, 'bot_banned')]
    api.live = true
    await page.getByTestId('connected-number').waitFor()
    await page.getByTestId('live-down').waitFor({ state: 'detached' })
    expect(await text(page, 'alert-banner')).toContain('Padaria Estrela: O WhatsApp bloqueou o número')
    await page.getByTestId('alert-resolve').click()
    await page.getByTestId('alert-banner').waitFor({ state: 'detached' })
    expect(api.streams.size).toBe(1)
  })

  it('says so at once where there is no network, lets nothing look live, and shows what is new before it falls silent', async () => {
    await using person = await visit(built)
    const { page, api, context } = person
    say(api.world, 'starting', 'boot')
    await page.goto('/alerts')
    await page.getByTestId('alerts-none').waitFor()
    await page.getByRole('link', { name: 'Zaptria' }).click()
    await page.getByTestId('tenant').waitFor()
    await listening(person)
    const tile = page.getByTestId('tenant-open')
    const turning = () =>
      tile
        .locator('svg')
        .first()
        .evaluate((icon) => getComputedStyle(icon).animationName)
    const filter = () => tile.evaluate((each) => getComputedStyle(each).filter)
    expect([await turning(), await filter()]).toEqual(['spin', 'none'])

    await context.setOffline(true)
    await page.getByTestId('live-down').waitFor({ timeout: 2000 })
    expect([await turning(), await filter()]).toEqual(['none', 'grayscale(1)'])
    // One can still look around.
    await page.getByTestId('nav-alerts').click()
    await page.getByRole('heading', { name: 'Alertas' }).waitFor()
    await page.getByRole('link', { name: 'Zaptria' }).click()
    await tile.waitFor()
    expect(await page.getByTestId('live-down').isVisible()).toBe(true)

    say(api.world, 'connected', 'ready')
    await context.setOffline(false)
    await page.getByTestId('live-down').waitFor({ state: 'detached' })
    expect(await page.getByTestId('tenant-state').getAttribute('data-state')).toBe('connected')
    expect([await turning(), await filter()]).toEqual(['none', 'none'])
    await listening(person)
    expect(person.troubles).toEqual([])
  })

  it('says nothing of a gap that nobody would notice', async () => {
    await using person = await visit(built)
    const { page, api } = person
    await page.goto('/')
    await page.getByTestId('tenant').waitFor()
    await listening(person)
    await page.evaluate(() => {
      const seen = new MutationObserver(() => {
        if (document.querySelector('[data-testid=live-down]') !== null) document.body.dataset['seen'] = 'down'
      })
      seen.observe(document.body, { childList: true, subtree: true })
    })
    for (const stream of api.streams) stream.destroy()
    say(api.world, 'connected', 'ready')
    await page.locator('[data-testid=tenant-state][data-state=connected]').waitFor()
    await listening(person)
    expect(await page.evaluate(() => document.body.dataset['seen'])).toBeUndefined()
  })
})
