import { describe, expect, it } from 'vitest'
import { ANA, ANA_CHAT, BIA, SHOP, type PairedScene, type Scenes } from './conformance-scene.ts'
import type { EngineChange, MessageRef } from './port.ts'
import { newKey, type Watched } from './testing.ts'

const changed = (bot: Watched, kind: EngineChange['kind'], fits: (change: EngineChange) => boolean = () => true) =>
  bot.wait('change', ({ change }) => change.kind === kind && fits(change)).then(({ change }) => change)
const emojis = (bot: Watched): string[] => bot.changes().flatMap((change) => (change.kind === 'reaction' ? [change.emoji] : []))

/** What every engine tells of what happens to messages, and does to them. Part of `describeEngine`. */
export const describeChanges = ({ withPaired }: Scenes): void => {
  /** A message of ours that WhatsApp has. */
  const sent = async ({ scenario, bot }: PairedScene, text: string): Promise<MessageRef> => {
    const waId = newKey()
    await bot.send({ waId, chatId: ANA_CHAT, text })
    await scenario.waitForMessage({ account: SHOP, id: waId, ack: 1 })
    await bot.wait('ack', (event) => event.waId === waId && event.ack >= 1)
    return { waId, chatId: ANA_CHAT, fromMe: true, sender: `${SHOP}@c.us` }
  }
  const received = async ({ scenario, bot }: PairedScene, body: string): Promise<MessageRef> => {
    const { id } = await scenario.sendFromContact({ account: SHOP, contact: ANA, body })
    await bot.waitMessage(body)
    return { waId: id, chatId: ANA_CHAT, fromMe: false, sender: ANA_CHAT }
  }

  describe('what happens to messages', () => {
    it('is told: a reaction, its change, that it was taken back, once each', () =>
      withPaired(async (scene) => {
        const { scenario, bot } = scene
        const target = await received(scene, 'oi')
        for (const emoji of ['👍', '❤️', '']) await scenario.react({ account: SHOP, contact: ANA, id: target.waId, emoji })
        const last = await changed(bot, 'reaction', (change) => change.kind === 'reaction' && change.emoji === '')
        expect(last).toMatchObject({ target, fromMe: false, sender: ANA_CHAT })
        expect(emojis(bot)).toEqual(['👍', '❤️', ''])
        expect(Math.abs(Date.now() - last.timestampMs)).toBeLessThan(60_000)
      }))

    it('is told: another text, with what it is now', () =>
      withPaired(async (scene) => {
        const { scenario, bot } = scene
        const target = await received(scene, 'oi')
        await scenario.edit({ account: SHOP, contact: ANA, id: target.waId, body: 'oi!' })
        expect(await changed(bot, 'edit')).toMatchObject({ target, fromMe: false, body: 'oi!' })
        await scenario.edit({ account: SHOP, contact: ANA, id: target.waId, body: 'oi!!' })
        await changed(bot, 'edit', (change) => change.kind === 'edit' && change.body === 'oi!!')
        expect(bot.messages()).toHaveLength(1)
      }))

    it('is told: deleted for everyone', () =>
      withPaired(async (scene) => {
        const target = await received(scene, 'ops')
        await scene.scenario.revoke({ account: SHOP, contact: ANA, id: target.waId })
        expect(await changed(scene.bot, 'revoke')).toMatchObject({ target, fromMe: false })
      }))

    it('is told when the owner does it on the phone', () =>
      withPaired(async (scene) => {
        const { scenario, bot } = scene
        const theirs = await received(scene, 'oi')
        await scenario.react({ account: SHOP, id: theirs.waId, emoji: '🙏' })
        expect(await changed(bot, 'reaction')).toMatchObject({ target: theirs, fromMe: true, emoji: '🙏' })
        const typed = await scenario.sendFromPhone({ account: SHOP, contact: ANA, body: 'ja vou' })
        await bot.waitMessage('ja vou')
        await scenario.edit({ account: SHOP, id: typed.id, body: 'já vou' })
        expect(await changed(bot, 'edit')).toMatchObject({ target: { waId: typed.id, fromMe: true }, fromMe: true, body: 'já vou' })
      }))

    it('is told with the person of a group, and with both names of a chat', () =>
      withPaired(async ({ scenario, bot }) => {
        const { chat } = await scenario.createGroup({ account: SHOP, subject: 'Turma', participants: [ANA] })
        const { id } = await scenario.sendFromContact({ account: SHOP, contact: ANA, chat, body: 'oi, turma' })
        await bot.waitMessage('oi, turma')
        await scenario.react({ account: SHOP, contact: ANA, chat, id, emoji: '👍' })
        const inGroup = await changed(bot, 'reaction')
        expect(inGroup).toMatchObject({ target: { waId: id, chatId: chat, sender: ANA_CHAT }, sender: ANA_CHAT, aliasChatId: null })
        const bia = await scenario.createContact({ phone: BIA, name: 'Bia', addressing: 'lid' })
        const hers = await scenario.sendFromContact({ account: SHOP, contact: BIA, body: 'sou a Bia' })
        await bot.waitMessage('sou a Bia')
        await scenario.react({ account: SHOP, contact: BIA, id: hers.id, emoji: '🎉' })
        const other = await changed(bot, 'reaction', (change) => change.target.waId === hers.id)
        expect(other).toMatchObject({ target: { chatId: `${bia.lid}@lid` }, aliasChatId: `${BIA}@c.us` })
      }))

    it('is found by catching up', () =>
      withPaired(async (scene) => {
        const { scenario, bot, start } = scene
        const [reacted, edited, revoked] = [await received(scene, 'um'), await received(scene, 'dois'), await received(scene, 'tres')]
        await bot.engine.close()
        await scenario.react({ account: SHOP, contact: ANA, id: reacted.waId, emoji: '👍' })
        await scenario.edit({ account: SHOP, contact: ANA, id: edited.waId, body: 'dois!' })
        await scenario.revoke({ account: SHOP, contact: ANA, id: revoked.waId })
        const again = start()
        await again.open()
        await again.waitState('connected')
        const found = await again.caughtUp()
        expect(found.map((message) => message.body)).toEqual(['um', 'dois!'])
        expect(await changed(again, 'reaction')).toMatchObject({ target: reacted, emoji: '👍' })
        expect(await changed(again, 'edit')).toMatchObject({ target: edited, body: 'dois!' })
        expect(await changed(again, 'revoke')).toMatchObject({ target: revoked })
      }))
  })

  describe('what it does to messages', () => {
    const done = { outcome: 'done' }

    it('reacts, and takes the reaction back; the same again does nothing more', () =>
      withPaired(async (scene) => {
        const { scenario, bot } = scene
        const target = await received(scene, 'oi')
        const react = (emoji: string) => bot.change({ kind: 'react', target, aliasChatId: null, emoji })
        expect([await react('👍'), await react('👍')]).toEqual([done, done])
        await scenario.waitForChange({ account: SHOP, id: target.waId, emoji: '👍' })
        expect(await changed(bot, 'reaction')).toMatchObject({ target, fromMe: true, emoji: '👍' })
        expect(await react('')).toEqual(done)
        await scenario.waitForChange({ account: SHOP, id: target.waId, emoji: '' })
        await changed(bot, 'reaction', (change) => change.kind === 'reaction' && change.emoji === '')
        expect(emojis(bot)).toEqual(['👍', ''])
      }))

    it('edits a message of its own; the same again does nothing more', () =>
      withPaired(async (scene) => {
        const { scenario, bot } = scene
        const target = await sent(scene, 'ola')
        const edit = () => bot.change({ kind: 'edit', target, aliasChatId: null, body: 'olá' })
        expect([await edit(), await edit()]).toEqual([done, done])
        await scenario.waitForChange({ account: SHOP, id: target.waId, body: 'olá' })
        expect(await changed(bot, 'edit')).toMatchObject({ target: { waId: target.waId, fromMe: true }, fromMe: true, body: 'olá' })
      }))

    it('deletes a message of its own for everyone; the same again does nothing more', () =>
      withPaired(async (scene) => {
        const { scenario, bot } = scene
        const target = await sent(scene, 'ops')
        const revoke = () => bot.change({ kind: 'revoke', target, aliasChatId: null })
        expect([await revoke(), await revoke()]).toEqual([done, done])
        await scenario.waitForChange({ account: SHOP, id: target.waId, revoked: true })
        expect(await changed(bot, 'revoke')).toMatchObject({ target: { waId: target.waId, fromMe: true }, fromMe: true })
      }))

    it('finds the message under the other name of its chat', () =>
      withPaired(async (scene) => {
        const { scenario, bot } = scene
        const bia = await scenario.createContact({ phone: BIA, name: 'Bia', addressing: 'lid' })
        const { id } = await scenario.sendFromContact({ account: SHOP, contact: BIA, body: 'sou a Bia' })
        await bot.waitMessage('sou a Bia')
        const target = { waId: id, chatId: `${BIA}@c.us`, fromMe: false, sender: `${BIA}@c.us` }
        expect(await bot.change({ kind: 'react', target, aliasChatId: `${bia.lid}@lid`, emoji: '👍' })).toEqual(done)
        await scenario.waitForChange({ account: SHOP, id, emoji: '👍' })
      }))

    it('says what WhatsApp does not do, and what it does not find', () =>
      withPaired(async (scene) => {
        const { scenario, bot } = scene
        const at = Math.floor(Date.now() / 1000) - 16 * 60
        const { id: waId } = await scenario.sendFromPhone({ account: SHOP, contact: ANA, body: 'velha', at })
        await bot.waitMessage('velha')
        const old = { waId, chatId: ANA_CHAT, fromMe: true, sender: `${SHOP}@c.us` }
        const refused = await bot.change({ kind: 'edit', target: old, aliasChatId: null, body: 'nova' })
        expect(refused).toMatchObject({ outcome: 'rejected', reason: 'rejected_by_whatsapp' })
        const theirs = await received(scene, 'oi')
        const notOurs = await bot.change({ kind: 'revoke', target: theirs, aliasChatId: null })
        expect(notOurs).toMatchObject({ outcome: 'rejected', reason: 'rejected_by_whatsapp' })
        const nowhere = await bot.change({ kind: 'react', target: { ...theirs, waId: newKey() }, aliasChatId: null, emoji: '👍' })
        expect(nowhere).toMatchObject({ outcome: 'rejected', reason: 'engine_error' })
      }))
  })
}
