import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ANA, bodies, SHOP, type Scenes } from './conformance-scene.ts'

/** How every engine is linked, and keeps its session. Part of `describeEngine`. */
export const describeLinking = ({ withScene, withPaired }: Scenes): void => {
  describe('linking', () => {
    it('shows a QR, and is connected once it is scanned', () =>
      withPaired(async ({ bot }) => {
        expect(bot.states().filter((state) => state !== 'syncing')).toEqual(['starting', 'qr_ready', 'pairing', 'connected'])
        expect(bot.states()).toContain('syncing')
        expect(await bot.waitState('connected')).toMatchObject({ reason: 'ready', number: SHOP, name: 'Loja' })
        expect(bot.of('qr').at(-1)).toMatchObject({ qr: null })
        await bot.wait('probe', (probe) => probe.missing.length === 0 && probe.ids !== 'not_found')
      }))

    it('replaces a QR that has expired', () =>
      withScene(async ({ scenario, start }) => {
        const bot = start()
        await bot.open()
        const first = await bot.qr()
        await scenario.expireQrs()
        const next = await bot.wait('qr', (event) => event.qr !== null && event.qr !== first)
        await scenario.scan({ account: SHOP, qr: next.qr ?? '' })
        await bot.waitState('connected')
      }))

    it('shows a fresh QR when nobody scanned for long', () =>
      withScene(async ({ scenario, start }) => {
        const bot = start()
        await bot.open()
        const first = await bot.qr()
        await scenario.idle()
        await bot.wait('qr', (event) => event.qr === null)
        const next = await bot.wait('qr', (event) => event.qr !== null && event.qr !== first)
        await scenario.scan({ account: SHOP, qr: next.qr ?? '' })
        await bot.waitState('connected')
      }))

    it('links by a code that is entered on the phone', () =>
      withScene(async ({ scenario, start }) => {
        const bot = start({ pairWithPhone: SHOP })
        await bot.open()
        const { code } = await bot.wait('pairing_code', (event) => event.code !== null)
        expect(code).toMatch(/^[0-9A-Z]{8}$/)
        expect(bot.of('qr').filter((event) => event.qr !== null)).toEqual([])
        await scenario.enterPairingCode({ account: SHOP, code: code ?? '' })
        await bot.waitState('connected')
      }))

    it('gives a code when it is asked for one while it shows a QR', () =>
      withScene(async ({ scenario, start }) => {
        const bot = start()
        await bot.open()
        await bot.qr()
        await scenario.enterPairingCode({ account: SHOP, code: await bot.engine.requestPairingCode(SHOP) })
        await bot.waitState('connected')
      }))

    it('says that a passkey is demanded, and goes on when it was given', () =>
      withScene(async ({ scenario, start }) => {
        await scenario.updateAccount({ number: SHOP, passkey: true })
        const bot = start()
        await bot.open()
        await scenario.scan({ account: SHOP, qr: await bot.qr() })
        expect(await bot.waitState('passkey_required')).toMatchObject({ reason: 'passkey' })
        expect(bot.of('qr').at(-1)).toMatchObject({ qr: null })
        await scenario.confirmPasskey({ account: SHOP })
        await bot.waitState('connected')
      }))

    it('asks for no QR after a restart', () =>
      withPaired(async ({ bot, start }) => {
        await bot.engine.close()
        const again = start()
        await again.open()
        await again.waitState('connected')
        expect(again.of('qr')).toEqual([])
        expect(again.states()).not.toContain('qr_ready')
      }))

    it('opens the same session from a copy that was taken while messages came, and asks for no QR', () =>
      withPaired(async ({ bot, scenario, start, volume }) => {
        let busy = true
        const traffic = (async () => {
          for (let nr = 0; busy; nr++) {
            await scenario.sendFromContact({ account: SHOP, contact: ANA, body: `${nr}` })
            await delay(2)
          }
        })()
        const copy = join(volume, 'copy')
        const { heldMs } = await bot.engine.copySession(copy, SHOP).finally(() => {
          busy = false
        })
        await traffic
        expect(heldMs).toBeLessThan(1_000)
        // It goes on, and has lost nothing.
        await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'after' })
        await bot.wait('message', ({ message }) => message.body === 'after')
        await bot.engine.close()
        rmSync(join(volume, 'session'), { recursive: true })
        cpSync(copy, join(volume, 'session'), { recursive: true })
        const again = start()
        await again.open()
        await again.waitState('connected')
        expect(again.of('qr')).toEqual([])
        const numbers = bodies(bot.messages()).filter((body) => /^\d+$/.test(body))
        expect(numbers).toEqual(numbers.map((_, nr) => `${nr}`))
      }))

    it('gives no copy of a session that it does not have', () =>
      withScene(async ({ start, volume }) => {
        const bot = start()
        await bot.open()
        await bot.qr()
        await expect(bot.engine.copySession(join(volume, 'copy'), SHOP)).rejects.toThrow()
      }))
  })
}
