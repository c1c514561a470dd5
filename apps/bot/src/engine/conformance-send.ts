import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { ANA, ANA_CHAT, BIA, SHOP, type Scenes } from './conformance-scene.ts'
import { newKey } from './testing.ts'

/** Messages and answers that go out. Part of `describeEngine`, in its `messages`. */
export const sendsMessages = ({ withPaired }: Scenes): void => {
  it('sends under the key it is given, and reports the ticks', () =>
    withPaired(async ({ bot, scenario }) => {
      const waId = newKey()
      expect(await bot.send({ waId, chatId: ANA_CHAT, text: 'olá' })).toEqual({ outcome: 'handed', chatId: ANA_CHAT })
      expect((await scenario.waitForMessage({ account: SHOP, contact: ANA, body: 'olá' })).id).toBe(waId)
      await bot.wait('ack', (event) => event.waId === waId && event.ack === 1)
      await bot.wait('ack', (event) => event.waId === waId && event.ack === 2)
      await scenario.readByContact({ account: SHOP, contact: ANA })
      await bot.wait('ack', (event) => event.waId === waId && event.ack === 3)
      expect(bot.messages()).toEqual([])
    }))

  it('answers a message, of the contact or its own, with text, a place or a file', () =>
    withPaired(async ({ bot, scenario }) => {
      await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'onde fica?' })
      const { message: asked } = await bot.waitMessage('onde fica?')
      const text = newKey()
      await bot.send({ waId: text, chatId: ANA_CHAT, text: 'aqui', quoted: asked })
      const sent = await scenario.waitForMessage({ account: SHOP, contact: ANA, id: text })
      expect(sent.quoted).toMatchObject({ id: asked.waId, body: 'onde fica?', fromMe: false })
      const place = newKey()
      const own = { waId: text, chatId: ANA_CHAT, fromMe: true, sender: ANA_CHAT }
      const content = { kind: 'location' as const, latitude: 1, longitude: 2 }
      await bot.send({ waId: place, chatId: ANA_CHAT, text: '', content, quoted: own })
      expect(await scenario.waitForMessage({ account: SHOP, contact: ANA, id: place })).toMatchObject({
        content,
        quoted: { id: text, body: 'aqui', fromMe: true },
      })
      const { handle } = await bot.stage({ mimetype: 'image/png', filename: 'mapa.png' }, randomBytes(500))
      const picture = newKey()
      await bot.send({ waId: picture, chatId: ANA_CHAT, text: 'mapa', file: { handle, kind: 'image' }, quoted: asked })
      expect(await scenario.waitForMessage({ account: SHOP, contact: ANA, id: picture })).toMatchObject({
        type: 'image',
        body: 'mapa',
        quoted: { id: asked.waId },
      })
    }))

  it('answers what was said before it was started, and under the other name of the chat', () =>
    withPaired(async ({ bot, scenario, start }) => {
      const bia = await scenario.createContact({ phone: BIA, name: 'Bia', addressing: 'lid' })
      const first = await scenario.sendFromContact({ account: SHOP, contact: BIA, body: 'antiga' })
      await bot.waitMessage('antiga')
      await scenario.sendFromContact({ account: SHOP, contact: BIA, body: 'nova' })
      await bot.waitMessage('nova')
      await bot.engine.close()
      const again = start()
      await again.open()
      await again.waitState('connected')
      const waId = newKey()
      const [phone, lid] = [`${BIA}@c.us`, `${bia.lid}@lid`]
      await again.send({
        waId,
        chatId: lid,
        aliasChatId: phone,
        text: 'sim',
        quoted: { waId: first.id, chatId: phone, fromMe: false, sender: phone },
      })
      expect((await scenario.waitForMessage({ account: SHOP, contact: BIA, id: waId })).quoted).toMatchObject({ id: first.id })
    }))

  it('answers in a group', () =>
    withPaired(async ({ bot, scenario }) => {
      const { chat } = await scenario.createGroup({ account: SHOP, subject: 'Turma', participants: [ANA] })
      await scenario.sendFromContact({ account: SHOP, contact: ANA, chat, body: 'quem vai?' })
      const { message } = await bot.waitMessage('quem vai?')
      const waId = newKey()
      await bot.send({ waId, chatId: chat, text: 'eu', quoted: message })
      expect((await scenario.waitForMessage({ account: SHOP, chat, id: waId })).quoted).toMatchObject({
        id: message.waId,
        author: ANA_CHAT,
      })
    }))

  it('sends an answer to what WhatsApp does not have any more as it is', () =>
    withPaired(async ({ bot, scenario }) => {
      const waId = newKey()
      const quoted = { waId: '3EB0000000000000000000', chatId: ANA_CHAT, fromMe: false, sender: ANA_CHAT }
      await bot.send({ waId, chatId: ANA_CHAT, text: 'mesmo assim', quoted })
      expect(await scenario.waitForMessage({ account: SHOP, contact: ANA, id: waId })).toMatchObject({
        body: 'mesmo assim',
        quoted: null,
      })
    }))

  it('rejects a number that is not on WhatsApp', () =>
    withPaired(async ({ bot }) => {
      expect(await bot.send({ chatId: '5511000000000@c.us', text: 'alguém?' })).toMatchObject({
        outcome: 'rejected',
        reason: 'not_on_whatsapp',
      })
    }))

  it('reports that WhatsApp refused a message', () =>
    withPaired(async ({ bot, scenario }) => {
      await scenario.setFaults({ rejectSends: true })
      const waId = newKey()
      await bot.send({ waId, chatId: ANA_CHAT, text: 'não passa' })
      await bot.wait('ack', (event) => event.waId === waId && event.ack === -1)
    }))

  it('shows that it is typing first', () =>
    withPaired(async ({ bot, scenario }) => {
      await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'oi' })
      await bot.waitMessage('oi')
      const sending = bot.send({ chatId: ANA_CHAT, text: 'pensei nisso', typingMs: 400 })
      await scenario.waitForChatState({ account: SHOP, contact: ANA, state: 'typing' })
      expect((await scenario.messages({ account: SHOP, contact: ANA })).some((one) => one.fromMe)).toBe(false)
      await sending
      await scenario.waitForMessage({ account: SHOP, contact: ANA, body: 'pensei nisso' })
    }))
}
