import { describe, expect, it } from 'vitest'
import { ANA, ANA_CHAT, BIA, bodies, SHOP, type Scenes } from './conformance-scene.ts'
import type { EngineMessage } from './port.ts'

/** How what came meanwhile is read. Part of `describeEngine`. */
export const describeCatchingUp = ({ withScene, pair, withPaired }: Scenes): void => {
  describe('catching up', () => {
    it('reads what came while it was away, once, whatever the unread counters say', () =>
      withPaired(async ({ bot, scenario, start }) => {
        const floor = Math.trunc(Date.now() / 1000) - 60
        const seen = await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'vista', at: floor + 10 })
        await bot.waitMessage('vista')
        await bot.engine.close()
        await scenario.createContact({ phone: BIA, name: 'Bia', addressing: 'lid' })
        for (const body of ['um', 'dois', 'três']) await scenario.sendFromContact({ account: SHOP, contact: ANA, body })
        await scenario.sendFromPhone({ account: SHOP, contact: ANA, body: 'o dono respondeu' })
        await scenario.sendFromContact({ account: SHOP, contact: BIA, body: 'primeira da Bia' })
        await scenario.readOnPhone({ account: SHOP, contact: BIA })
        const again = start()
        await again.open()
        await again.waitState('connected')
        const caught = await again.caughtUp(new Map([[ANA_CHAT, seen.t]]), floor)
        expect(bodies(caught.filter((one) => one.chatId === ANA_CHAT))).toEqual(['vista', 'um', 'dois', 'três', 'o dono respondeu'])
        expect(bodies(caught.filter((one) => one.chatId !== ANA_CHAT))).toEqual(['primeira da Bia'])
        expect(caught.every((one) => one.caughtUp === true)).toBe(true)
        await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'ao vivo' })
        await again.waitMessage('ao vivo')
        expect(bodies(again.messages())).toEqual(['ao vivo'])
      }))

    it('loads a long gap page by page and stops at the watermark less five minutes', () =>
      withPaired(async ({ bot, scenario, start }) => {
        await bot.engine.close()
        const now = Math.trunc(Date.now() / 1000)
        const old = Array.from({ length: 60 }, (_, index) => ({ body: `velha ${index}`, at: now - 7200 + index }))
        const fresh = Array.from({ length: 120 }, (_, index) => ({ body: `nova ${index}`, at: now - 600 + index }))
        for (const one of [...old, ...fresh]) await scenario.sendFromContact({ account: SHOP, contact: ANA, ...one })
        const again = start()
        await again.open()
        await again.waitState('connected')
        const caught = await again.caughtUp(new Map([[ANA_CHAT, now - 3600]]), 0)
        expect(bodies(caught)).toEqual(fresh.map((one) => one.body))
        const overlapped = await again.caughtUp(new Map([[ANA_CHAT, now - 7200 + 300]]), 0)
        expect(bodies(overlapped)).toEqual([...old, ...fresh].map((one) => one.body))
      }))

    // WhatsApp's times are whole seconds: what was written within one says nothing of its order.
    it.each<[when: string, names: ('pn' | 'lid')[]]>([
      ['from the phone’s chat to the LID’s', ['pn', 'pn', 'lid', 'lid']],
      ['from the LID’s chat to the phone’s', ['lid', 'lid', 'pn', 'pn']],
      ['between both', ['lid', 'pn', 'lid', 'pn', 'pn', 'lid', 'pn', 'lid']],
    ])('tells what one contact wrote in its order when they move %s, killed or without a network', (_, names) =>
      withPaired(async ({ bot, scenario, start }) => {
        await scenario.createContact({ phone: BIA, name: 'Bia' })
        const now = Math.trunc(Date.now() / 1000)
        const write = async (round: number): Promise<string[]> => {
          const written: string[] = []
          for (const [index, addressing] of names.entries()) {
            await scenario.updateContact({ phone: BIA, addressing })
            const body = `${round}/${index}`
            await scenario.sendFromContact({ account: SHOP, contact: BIA, body, at: now + 100 * round + Math.trunc(index / 3) })
            await scenario.sendFromContact({ account: SHOP, contact: ANA, body: `Ana ${body}` })
            written.push(body)
          }
          return written
        }
        const ofBia = (messages: EngineMessage[]) => bodies(messages).filter((body) => !body.startsWith('Ana'))
        const live = await write(0)
        await bot.waitMessage(`Ana 0/${names.length - 1}`)
        expect(ofBia(bot.messages())).toEqual(live)
        const before = bot.events.length
        await scenario.dropNetwork({ account: SHOP })
        await bot.waitState('reconnecting', { after: before })
        const dropped = await write(1)
        await scenario.restoreNetwork({ account: SHOP })
        await bot.waitState('connected', { after: before })
        expect(ofBia(await bot.caughtUp())).toEqual([...live, ...dropped])
        await bot.engine.close()
        const killed = await write(2)
        const again = start()
        await again.open()
        await again.waitState('connected')
        expect(ofBia(await again.caughtUp())).toEqual([...live, ...dropped, ...killed])
      }),
    )

    it('reads nothing from before the floor', () =>
      withScene(async (scene) => {
        const floor = Math.trunc(Date.now() / 1000)
        await scene.scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'de antes', at: floor - 10 })
        const bot = await pair(scene)
        expect(bodies(await bot.caughtUp(new Map(), floor))).toEqual([])
        expect(bodies(await bot.caughtUp(new Map([[ANA_CHAT, floor + 1]]), floor))).toEqual([])
      }))
  })
}
