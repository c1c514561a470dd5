import { waitFor } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, tenantPath, visit, type Built } from '../../testing/browser.ts'
import { makeSnapshot, say } from '../../testing/world.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString()

describe('copies of a session', () => {
  it('say how old the newest one is that is of use, and warn when that is two days', async () => {
    await using person = await visit(built)
    const { page, api, troubles } = person
    say(api.world, 'connected', 'ready')
    api.world.snapshots = [makeSnapshot({ asked_at: hoursAgo(1), void_at: hoursAgo(0), void_reason: 'logged_out' }), makeSnapshot()]
    await page.goto(tenantPath(person, '/details'))
    const newest = page.getByTestId('snapshot-newest')
    await newest.waitFor()
    expect(await newest.innerText()).toBe('A mais nova foi feita há 6 horas. Restaurada e conferida há 6 horas.')
    expect(await page.getByTestId('snapshot').allInnerTexts()).toMatchObject([
      expect.stringContaining('o celular desconectou esta sessão'),
      expect.stringMatching(/Guardada[^]*11,9 MB[^]*conferida em/),
    ])
    api.world.snapshots = [makeSnapshot({ asked_at: hoursAgo(49), proved_at: null })]
    await page.reload()
    await newest.getByText('está atrasada').waitFor()
    const unsound = makeSnapshot({ asked_at: hoursAgo(2), proof_fault: '2 of 9 records are not what they were: signal-storage' })
    api.world.snapshots = [unsound, makeSnapshot({ proved_at: hoursAgo(49) })]
    await page.reload()
    await newest.filter({ hasText: 'A mais nova foi feita há 6 horas. Restaurada e conferida anteontem: está atrasado.' }).waitFor()
    await page.getByTestId('snapshot').getByText('não passou na prova: as chaves da sessão não são as de quando foi copiada').waitFor()
    api.world.snapshots = []
    await page.reload()
    await newest.getByText('Ainda não há cópia que possa ser usada.').waitFor()
    expect(troubles).toEqual([])
  })

  it('are asked for, followed to their end, and verified', async () => {
    await using person = await visit(built)
    const { page, api, troubles } = person
    say(api.world, 'connected', 'ready')
    api.world.snapshots = []
    await page.goto(tenantPath(person, '/details'))
    await page.getByTestId('snapshot-ask').click()
    await page.getByTestId('snapshot').getByText('Na fila').waitFor()
    expect(await page.getByTestId('snapshot-ask').getAttribute('aria-busy')).toBe('true')
    api.world.snapshots = [makeSnapshot({ cause: 'asked', asked_at: hoursAgo(0), verified_at: null })]
    await page.getByTestId('snapshot').getByText('Guardada').waitFor()
    api.world.snapshotFault = 'part 0 of the snapshot is not in the vault'
    await page.getByTestId('snapshot-verify').click()
    await page
      .getByRole('alert')
      .getByText(/^A cópia de .* está estragada\. Copie de novo\.$/u)
      .waitFor()
    await page.getByText('uma parte dela não está mais no cofre').waitFor()
    api.world.snapshotFault = null
    await page.getByTestId('snapshot-verify').click()
    await page
      .getByRole('status')
      .getByText(/^A cópia de .* está inteira\.$/u)
      .waitFor()
    api.refuseNext('POST', '/bot/snapshots', 'bot_not_running')
    await page.getByTestId('snapshot-ask').click()
    await page.getByTestId('problem').waitFor()
    await waitFor(async () => (await page.getByTestId('snapshot-ask').getAttribute('aria-busy')) !== 'true', {
      what: 'the button to be free',
    })
    expect(troubles).toEqual([])
  })

  it('are gone back to after it was said what that costs', async () => {
    await using person = await visit(built)
    const { page, api, troubles } = person
    say(api.world, 'connected', 'ready')
    await page.goto(tenantPath(person, '/details'))
    await page.getByTestId('snapshot-restore').click()
    const dialog = page.getByTestId('confirm')
    expect(await dialog.innerText()).toContain('aí será preciso escanear de novo')
    expect(api.seen.some(({ path }) => path.endsWith('/restore'))).toBe(false)
    await page.getByTestId('confirm-yes').click()
    const asked = page.getByText('Pedido feito: o robô está religando.')
    await asked.waitFor()
    expect(api.seen.some(({ method, path }) => method === 'POST' && path.endsWith('/restore'))).toBe(true)
    // It says itself what became of it, as soon as the bot does.
    Object.assign(api.world.snapshots[0] ?? {}, {
      restore_failed_at: hoursAgo(0),
      void_at: hoursAgo(0),
      void_reason: 'part 0 of the snapshot is not in the vault',
    })
    api.hint('bot', api.world.bot.id)
    await page.getByTestId('snapshot').getByText('o robô continua com a sessão que tinha').waitFor()
    await page.getByTestId('snapshot').getByText('estragada: uma parte dela não está mais no cofre').waitFor()
    expect(await asked.count()).toBe(0)
    expect(troubles).toEqual([])
  })
})
