import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, tenantPath, visit, type Built } from '../../testing/browser.ts'
import { say } from '../../testing/world.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

describe('a pairing link', () => {
  it('is made, shown once, and taken back by the operator', async () => {
    await using person = await visit(built)
    const { page, api, troubles } = person
    say(api.world, 'qr_ready', 'waiting_for_scan')
    await page.goto(tenantPath(person))
    await page.getByTestId('pairing-link').click()
    await page.getByTestId('pairing-link-create').click()
    expect(await page.getByTestId('pairing-link-url').innerText()).toBe('https://zap.example.com/pair#token')
    const share = await page.getByRole('link', { name: 'Enviar pelo WhatsApp' }).getAttribute('href')
    expect(new URL(share!).searchParams.get('text')).toContain('https://zap.example.com/pair#token')
    await page.getByTestId('dialog-close').click()

    await page.getByTestId('pairing-link').click()
    await page.getByTestId('pairing-link-there').waitFor()
    expect(await page.getByTestId('pairing-link-url').count()).toBe(0)
    await page.getByTestId('pairing-link-revoke').click()
    await page.getByTestId('pairing-link-there').waitFor({ state: 'detached' })
    expect(api.world.pairingToken).toBeNull()
    expect(troubles).toEqual([])
  })

  it('takes a customer on another phone from the QR to the end, without signing in', async () => {
    await using person = await visit(built)
    const { page, api, troubles } = person
    Object.assign(api.world, { signedIn: false, pairingToken: 'token' })
    say(api.world, 'starting', 'engine_starting')
    await page.goto('/pair#token')
    await page.getByRole('heading', { name: 'Conectar o WhatsApp de Padaria Estrela' }).waitFor()
    expect(await page.getByTestId('pairing-sentence').innerText()).toContain('Ligando o robô')

    say(api.world, 'qr_ready', 'waiting_for_scan')
    await page.getByTestId('qr').waitFor()
    expect(await page.getByTestId('qr').getAttribute('data-qr')).toBe('2@first,qr')
    api.world.qr.qr_code = '2@second,qr'
    await page.locator('[data-qr="2@second,qr"]').waitFor()

    say(api.world, 'syncing', 'history_sync')
    await page.getByText('O celular está mandando as conversas').waitFor()
    say(api.world, 'connected', 'ready')
    await page.getByTestId('pairing-done').waitFor()
    // Nothing of the operator's was asked for.
    expect(new Set(api.seen.map(({ path }) => path))).toEqual(new Set(['/pairing']))
    expect(troubles).toEqual([])
  })

  it('that was used says so to whoever opens it then, and not whose number it is', async () => {
    await using person = await visit(built)
    const { page, api, troubles } = person
    Object.assign(api.world, { signedIn: false, pairingToken: 'token' })
    say(api.world, 'connected', 'ready', { number: '5511987654321' })
    await page.goto('/pair#token')
    const used = page.getByTestId('pairing-used')
    await used.getByText('Este link já foi usado').waitFor()
    expect(await used.innerText()).toContain('Avise quem enviou o link.')
    expect(await page.locator('body').innerText()).not.toMatch(/98765|Padaria/)
    expect(troubles).toEqual([])
  })

  it('gives a code to who opens it on the very phone', async () => {
    await using person = await visit(built, { width: 390, height: 844, touch: true })
    const { page, api, troubles } = person
    Object.assign(api.world, { signedIn: false, pairingToken: 'token' })
    say(api.world, 'qr_ready', 'waiting_for_scan')
    await page.goto('/pair#token')
    await page.getByTestId('pair-phone').fill('+55 11 98765-4321')
    expect(await page.getByTestId('qr').count()).toBe(0)
    await page.getByTestId('pair-submit').click()
    expect(await page.getByTestId('pairing-code').innerText()).toBe('ABCD-1234')
    await page.getByText('Um código vale até 3 minutos').waitFor()
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByTestId('pairing-code-copy').click()
    await page.getByTestId('pairing-code-copy').getByText('Copiado').waitFor()
    // As WhatsApp's field takes it.
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('ABCD1234')
    const asked = () => api.seen.findLast(({ path }) => path === '/pairing/ask')?.body
    expect(asked()).toEqual({ token: 'token', phone: '5511987654321' })
    expect(await page.getByTestId('pairing-code-for').innerText()).toContain('+55 11 98765-4321')
    // As people in Brazil write their number.
    await page.getByTestId('pair-phone').fill('(21) 98888-1234')
    await page.getByTestId('pair-submit').click()
    await page.getByText('+55 21 98888-1234').waitFor()
    expect(asked()).toEqual({ token: 'token', phone: '5521988881234' })
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
    expect(troubles).toEqual([])
  })

  it.each(['/pair', '/pair#wrong'])('that is not good says so, and whom to ask (%s)', async (path) => {
    await using person = await visit(built)
    const { page, api } = person
    api.world.signedIn = false
    await page.goto(path)
    expect(await page.getByTestId('pairing-over').innerText()).toContain('Peça outro a quem o enviou')
  })

  it('offers a way back where it does not go on by itself', async () => {
    await using person = await visit(built)
    const { page, api } = person
    api.world.pairingToken = 'token'
    say(api.world, 'logged_out', 'logout_by_phone')
    await page.goto('/pair#token')
    await Promise.all([page.waitForResponse('**/pairing/ask'), page.getByTestId('pairing-again').click()])
    expect(api.seen.some(({ path, body }) => path === '/pairing/ask' && (body as { phone?: string }).phone === undefined)).toBe(true)
  })
})
