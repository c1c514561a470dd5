import { describe, expect, it } from 'vitest'
import { ANA, ANA_CHAT, BIA, SHOP, type Scenes } from './conformance-scene.ts'
import { newKey } from './testing.ts'

/** That a message goes once, by its key. Part of `describeEngine`. */
export const describeKeys = ({ withPaired }: Scenes): void => {
  describe('keys', () => {
    it('finds a key with its ack, under the phone and the LID, and says when there is none', () =>
      withPaired(async ({ bot, scenario }) => {
        const bia = await scenario.createContact({ phone: BIA, name: 'Bia', addressing: 'lid' })
        await scenario.sendFromContact({ account: SHOP, contact: BIA, body: 'oi' })
        await bot.waitMessage('oi')
        const chats = [`${BIA}@c.us`, `${bia.lid}@lid`]
        const waId = newKey()
        expect(await bot.engine.lookup(waId, chats)).toEqual({ found: false })
        await bot.send({ waId, chatId: `${bia.lid}@lid`, text: 'olá' })
        await bot.wait('ack', (event) => event.waId === waId && event.ack === 2)
        expect(await bot.engine.lookup(waId, chats)).toEqual({ found: true, ack: 2, chatId: `${bia.lid}@lid` })
      }))

    it('finds after a restart what it sent before', () =>
      withPaired(async ({ bot, scenario, start }) => {
        const waId = newKey()
        await bot.send({ waId, chatId: ANA_CHAT, text: 'antes' })
        await bot.wait('ack', (event) => event.waId === waId && event.ack === 2)
        await bot.send({ chatId: ANA_CHAT, text: 'depois' })
        await scenario.waitForMessage({ account: SHOP, body: 'depois' })
        await bot.engine.close()
        const again = start()
        await again.open()
        await again.waitState('connected')
        expect(await again.engine.lookup(waId, [ANA_CHAT])).toEqual({ found: true, ack: 2, chatId: ANA_CHAT })
      }))

    it('hands a message over once, and keeps it while the server does not answer', () =>
      withPaired(async ({ bot, scenario, start }) => {
        await scenario.setFaults({ holdAcks: true })
        const waId = newKey()
        await bot.send({ waId, chatId: ANA_CHAT, text: 'sem resposta' })
        expect(await bot.engine.lookup(waId, [ANA_CHAT])).toMatchObject({ found: true, ack: 0 })
        await bot.engine.close()
        await scenario.clearFaults()
        const again = start()
        await again.open()
        await again.waitState('connected')
        await again.wait('ack', (event) => event.waId === waId && event.ack >= 1)
        const all = await scenario.messages({ account: SHOP, contact: ANA })
        expect(all.filter((one) => one.id === waId).map((one) => one.copies)).toEqual([1])
      }))

    it('reaches the recipient once when the same key is sent again', () =>
      withPaired(async ({ bot, scenario }) => {
        const waId = newKey()
        await bot.send({ waId, chatId: ANA_CHAT, text: 'uma vez' })
        await scenario.waitForMessage({ account: SHOP, id: waId, ack: 2 })
        await bot.send({ waId, chatId: ANA_CHAT, text: 'uma vez' }).catch(() => {})
        const last = newKey()
        await bot.send({ waId: last, chatId: ANA_CHAT, text: 'fim' })
        await scenario.waitForMessage({ account: SHOP, id: last, ack: 2 })
        const all = await scenario.messages({ account: SHOP, contact: ANA })
        expect(all.map((one) => [one.body, one.copies])).toEqual([
          ['uma vez', 1],
          ['fim', 1],
        ])
      }))
  })
}
