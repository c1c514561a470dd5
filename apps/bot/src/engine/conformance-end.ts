import { describe, expect, it } from 'vitest'
import { ANA, ANA_CHAT, bodies, SHOP, type Scenes } from './conformance-scene.ts'
import { isAlive, processTree, type Process } from './wwebjs/processes.ts'

/** The browsers that this test's process has started, and theirs. */
const browsersOf = (root: number): Process[] => processTree(root).filter((one) => one.pid !== root && /chrom/i.test(one.name))

/** What goes wrong with a session, and what ends it. Part of `describeEngine`. */
export const describeTrouble = ({ withPaired }: Scenes): void => {
  describe('trouble', () => {
    it('comes back by itself when the network does, and then finds what came meanwhile', () =>
      withPaired(async ({ bot, scenario }) => {
        const floor = Math.trunc(Date.now() / 1000) - 60
        await scenario.setFaults({ silentReconnect: true })
        const before = bot.events.length
        await scenario.dropNetwork({ account: SHOP })
        expect(await bot.waitState('reconnecting', { after: before })).toMatchObject({ reason: 'network_lost' })
        await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'no escuro' })
        await scenario.restoreNetwork({ account: SHOP })
        await bot.waitState('connected', { after: before })
        expect(bodies(await bot.caughtUp(new Map(), floor))).toEqual(['no escuro'])
      }))

    it('ends when the phone logs it out', () =>
      withPaired(async ({ bot, scenario }) => {
        await scenario.unlink({ account: SHOP })
        expect(await bot.wait('ended')).toMatchObject({ state: 'logged_out', reason: 'logout_by_phone' })
        await expect(bot.send({ chatId: ANA_CHAT, text: 'tarde' })).rejects.toThrow(Error)
      }))

    it('finds on its next start that the phone logged it out meanwhile', () =>
      withPaired(async ({ bot, scenario, start }) => {
        await bot.engine.close()
        await scenario.unlink({ account: SHOP })
        const again = start()
        await again.open().catch(() => {})
        await Promise.race([again.wait('ended', (event) => event.reason === 'logout_by_phone'), again.qr()])
        expect(again.states()).not.toContain('connected')
      }))

    it('unlinks when it is told to', () =>
      withPaired(async ({ bot, scenario }) => {
        await bot.engine.logout()
        expect(await bot.wait('ended')).toMatchObject({ state: 'logged_out', reason: 'logout_by_command' })
        expect((await scenario.state()).accounts[0]?.devices).toEqual([])
      }))

    it('ends when the session is opened elsewhere', () =>
      withPaired(async ({ bot, scenario }) => {
        await scenario.conflict({ account: SHOP })
        expect(await bot.wait('ended')).toMatchObject({ state: 'conflict', reason: 'opened_elsewhere' })
      }))

    it('ends when the account is banned', () =>
      withPaired(async ({ bot, scenario }) => {
        await scenario.ban({ account: SHOP })
        expect(await bot.wait('ended')).toMatchObject({ state: 'banned', reason: 'account_banned' })
      }))
  })
}

/** How an engine is closed, and that nothing is left of it. Part of `describeEngine`. */
export const describeItsEnd = ({ withScene, withPaired }: Scenes): void => {
  describe('its end', () => {
    it('leaves nothing behind, and can be closed at any time, any number of times', () =>
      withPaired(async ({ bot }) => {
        const browser = browsersOf(process.pid)
        expect(browser.length > 0).toBe((await bot.engine.memory()) !== null)
        await Promise.all([bot.engine.close(), bot.engine.close()])
        await bot.engine.close()
        expect(browser.filter(isAlive)).toEqual([])
        expect(bot.of('ended')).toEqual([])
        await expect(bot.engine.ping()).rejects.toThrow(Error)
        await expect(bot.caughtUp()).rejects.toThrow(Error)
        await expect(bot.open()).rejects.toThrow(Error)
      }))

    it('gives up a start that is called off', () =>
      withScene(async ({ start }) => {
        const bot = start()
        const calledOff = new AbortController()
        const opening = bot.engine.open(calledOff.signal)
        calledOff.abort()
        await expect(opening).rejects.toThrow(/called off/)
        await bot.engine.close()
        expect(browsersOf(process.pid)).toEqual([])
      }))

    it('is closed at once when it was never opened', () =>
      withScene(async ({ start }) => {
        await start().engine.close()
      }))
  })
}
