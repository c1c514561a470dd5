import { MessageEvent } from '@zaptria/contract'
import { expect, it } from 'vitest'
import { ANA, ANA_CHAT, BIA, bodies, SHOP, type Scenes } from './conformance-scene.ts'
import type { EngineMessage } from './port.ts'
import { newKey } from './testing.ts'

const { wa_id: WaId } = MessageEvent.shape

/** Messages that come in. Part of `describeEngine`, in its `messages`. */
export const receivesMessages = ({ withPaired }: Scenes): void => {
  it('reports what a contact writes', () =>
    withPaired(async ({ bot, scenario }) => {
      const sent = await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'oi, tudo bem?' })
      const { message } = await bot.waitMessage('oi, tudo bem?')
      expect(message).toMatchObject({ waId: sent.id, chatId: ANA_CHAT, fromMe: false, sender: ANA_CHAT, phone: ANA_CHAT })
      expect(message).toMatchObject({ timestamp: sent.t, type: 'chat', pushName: 'Ana' })
      expect(message.caughtUp).toBeUndefined()
    }))

  it('reports what the owner writes on the phone, and not what it sent itself', () =>
    withPaired(async ({ bot, scenario }) => {
      await bot.send({ chatId: ANA_CHAT, text: 'do bot' })
      await scenario.waitForMessage({ account: SHOP, body: 'do bot' })
      const typed = await scenario.sendFromPhone({ account: SHOP, contact: ANA, body: 'aqui é o dono' })
      const { message } = await bot.waitMessage('aqui é o dono')
      expect(message).toMatchObject({ waId: typed.id, fromMe: true, chatId: ANA_CHAT, phone: ANA_CHAT, sender: `${SHOP}@c.us` })
      expect(bodies(bot.messages())).toEqual(['aqui é o dono'])
    }))

  it('knows the phone behind a LID when the page does, and answers to either', () =>
    withPaired(async ({ bot, scenario }) => {
      const bia = await scenario.createContact({ phone: BIA, name: 'Bia', addressing: 'lid' })
      await scenario.sendFromContact({ account: SHOP, contact: BIA, body: 'sou a Bia' })
      const { message } = await bot.waitMessage('sou a Bia')
      expect(message).toMatchObject({ chatId: `${bia.lid}@lid`, phone: `${BIA}@c.us`, lid: `${bia.lid}@lid` })
      const waId = newKey()
      await bot.send({ waId, chatId: `${BIA}@c.us`, aliasChatId: `${bia.lid}@lid`, text: 'oi, Bia' })
      await scenario.waitForMessage({ account: SHOP, contact: BIA, id: waId, ack: 2 })
    }))

  it('says that it does not know the phone behind a LID', () =>
    withPaired(async ({ bot, scenario }) => {
      const bia = await scenario.createContact({ phone: BIA, name: 'Bia', addressing: 'lid', phoneKnown: false })
      await scenario.sendFromContact({ account: SHOP, contact: BIA, body: 'anônima' })
      const { message } = await bot.waitMessage('anônima')
      expect(message).toMatchObject({ chatId: `${bia.lid}@lid`, phone: null, lid: `${bia.lid}@lid` })
    }))

  it('names the writer in a group', () =>
    withPaired(async ({ bot, scenario }) => {
      const { chat } = await scenario.createGroup({ account: SHOP, subject: 'Turma', participants: [ANA] })
      await scenario.sendFromContact({ account: SHOP, contact: ANA, chat, body: 'oi, turma' })
      const { message } = await bot.waitMessage('oi, turma')
      expect(message).toMatchObject({ chatId: chat, sender: ANA_CHAT, phone: null, lid: null, pushName: 'Ana', subject: 'Turma' })
      const waId = newKey()
      await bot.send({ waId, chatId: chat, text: 'oi a todos' })
      await scenario.waitForMessage({ account: SHOP, chat, id: waId })
    }))

  it('names the message that is answered', () =>
    withPaired(async ({ bot, scenario }) => {
      const first = await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'um' })
      await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'sobre o um', quoted: first.id })
      expect((await bot.waitMessage('sobre o um')).message.quoted).toBe(first.id)
    }))

  it('loses no message for the id that its sender chose', () =>
    withPaired(async ({ bot, scenario, start }) => {
      const ids = ['X730_1', 'X730_2', 'AB CD', 'AB@CD', `AB'"C\\D`, 'ABé😀', 'A_5511@c.us', 'A_out', 'L'.repeat(256)]
      const unkept = ['M'.repeat(300), 'N'.repeat(300), 'A\u0000B', 'A\nB']
      const all = [...ids, ...unkept]
      const { chat } = await scenario.createGroup({ account: SHOP, subject: 'Turma', participants: [ANA] })
      for (const [i, id] of all.entries()) {
        await scenario.sendFromContact({ account: SHOP, contact: ANA, id, body: `${i}` })
        await scenario.sendFromContact({ account: SHOP, contact: ANA, chat, id: `G${id}`, body: `g${i}` })
      }
      await bot.waitMessage(`g${all.length - 1}`)
      const mine = bot.messages().filter((one) => one.chatId === ANA_CHAT)
      expect(bodies(mine)).toEqual(all.map((_, i) => `${i}`))
      expect(mine.slice(0, ids.length).map((one) => one.waId)).toEqual(ids)
      expect(bodies(bot.messages().filter((one) => one.chatId === chat))).toEqual(all.map((_, i) => `g${i}`))
      for (const { waId } of bot.messages()) expect(WaId.safeParse(waId).success).toBe(true)
      await bot.engine.close()
      const again = start()
      await again.open()
      await again.waitState('connected')
      const caught = await again.caughtUp()
      const named = (messages: EngineMessage[]) => messages.map((one) => `${one.chatId} ${one.waId} ${one.body}`).toSorted()
      expect(named(caught)).toEqual(named(bot.messages()))
    }))

  it('tells messages of several people apart though they chose the same id', () =>
    withPaired(async ({ bot, scenario, start }) => {
      await scenario.createContact({ phone: BIA, name: 'Bia' })
      const { chat } = await scenario.createGroup({ account: SHOP, subject: 'Turma', participants: [ANA, BIA] })
      const told = ['Ana', 'Bia', 'Ana na turma', 'Bia na turma']
      for (const [i, body] of told.entries())
        await scenario.sendFromContact({
          account: SHOP,
          contact: i % 2 === 0 ? ANA : BIA,
          id: 'SAME',
          body,
          ...(i < 2 ? {} : { chat }),
        })
      await bot.waitMessage('Bia na turma')
      expect(bodies(bot.messages())).toEqual(told)
      await bot.engine.close()
      const again = start()
      await again.open()
      await again.waitState('connected')
      // The Lab pages through a chat by id alone: of the group it may have one of the two.
      const caught = (await again.caughtUp()).filter((message) => message.chatId !== chat)
      expect(bodies(caught).toSorted()).toEqual(told.slice(0, 2))
    }))

  it.each([
    ['with an underscore and a space', 'A_1 B'],
    ['that is too long', 'M'.repeat(300)],
  ])('finds a message again by an id %s', (_, id) =>
    withPaired(async ({ bot, scenario }) => {
      const media = { data: Buffer.from('uma imagem').toString('base64'), mimetype: 'image/png' }
      await scenario.sendFromContact({ account: SHOP, contact: ANA, id, body: 'foto', media })
      const { message } = await bot.waitMessage('foto')
      expect(Buffer.concat(await bot.download(message)).toString()).toBe('uma imagem')
      expect(await bot.change({ kind: 'react', emoji: '👍', target: message, aliasChatId: null })).toEqual({ outcome: 'done' })
      const waId = newKey()
      await bot.send({ waId, chatId: ANA_CHAT, text: 'bonita', quoted: message })
      expect((await scenario.waitForMessage({ account: SHOP, contact: ANA, id: waId })).quoted).toMatchObject({ id })
      await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'e esta?', quoted: id })
      expect((await bot.waitMessage('e esta?')).message.quoted).toBe(message.waId)
      await scenario.revoke({ account: SHOP, contact: ANA, id })
      await bot.wait('change', ({ change }) => change.kind === 'revoke' && change.target.waId === message.waId)
    }),
  )

  it('reports a burst whole, once, in order, even when each comes twice', () =>
    withPaired(async ({ bot, scenario }) => {
      await scenario.setFaults({ duplicates: 1 })
      const texts = Array.from({ length: 100 }, (_, index) => `mensagem ${index}`)
      for (const body of texts) await scenario.sendFromContact({ account: SHOP, contact: ANA, body })
      await bot.waitMessage('mensagem 99')
      expect(bodies(bot.messages())).toEqual(texts)
    }))
}
