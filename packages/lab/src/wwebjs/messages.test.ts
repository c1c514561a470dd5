import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import wwebjs from 'whatsapp-web.js'
import type { Message } from 'whatsapp-web.js'
import { PNG } from 'pngjs'
import type { Lab } from '../server.ts'
import { withLab } from '../with-lab.ts'
import { ana, pair, populate, shop, withClient, withProfile } from './client.ts'
import type { Started } from './client.ts'

const picture = (): string => PNG.sync.write(new PNG({ width: 8, height: 8, fill: true })).toString('base64')

type Person = Parameters<Lab['scenario']['createContact']>[0]

/** A paired client and one contact. */
const withPaired = (body: (lab: Lab, started: Started) => Promise<void>, person?: Person): Promise<void> =>
  withLab(async (lab) => {
    await populate(lab, person)
    await withProfile((profile) =>
      withClient(lab, profile, async (started) => {
        await pair(lab, started)
        await body(lab, started)
      }),
    )
  })

describe('messages', () => {
  it('from a LID come under the LID, and lead to the phone', () =>
    withPaired(
      async (lab, { client, recorder }) => {
        await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'oi' })
        const incoming = await recorder.wait<Message>('message')
        expect(incoming.from).toBe('222333444555666@lid')
        expect(await client.getContactLidAndPhone([incoming.from])).toEqual([{ lid: '222333444555666@lid', pn: `${ana}@c.us` }])
        expect((await incoming.getContact()).id._serialized).toBe(`${ana}@c.us`)

        // Written to the phone, it goes into the chat that there is.
        const sent = await client.sendMessage(`${ana}@c.us`, 'olá')
        expect(sent.id._serialized).toBe(`true_222333444555666@lid_${sent.id.id}`)
        expect(await lab.scenario.waitForMessage({ account: shop, contact: ana, ack: 2 })).toMatchObject({
          id: sent.id.id,
          from: expect.stringMatching(/@lid$/),
        })
      },
      { phone: ana, name: 'Ana', lid: '222333444555666', addressing: 'lid' },
    ))

  it('of a person who moved to a LID are found by key under both chats', () =>
    withPaired(async (lab, { client, recorder }) => {
      await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'antes' })
      await recorder.wait('message')
      const sent = await client.sendMessage(`${ana}@c.us`, 'olá')
      await lab.scenario.updateContact({ phone: ana, addressing: 'lid' })
      await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'depois' })
      const later = await recorder.wait<Message>('message', (message) => message.body === 'depois')
      expect(later.from).toMatch(/@lid$/)
      const underLid = await client.getMessageById(`true_${later.from}_${sent.id.id}`)
      expect(underLid.id.id).toBe(sent.id.id)
    }))

  it('whose LID hides the phone lead nowhere', () =>
    withPaired(
      async (lab, { client, recorder }) => {
        await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'oi' })
        const incoming = await recorder.wait<Message>('message')
        expect(await client.getContactLidAndPhone([incoming.from])).toEqual([{ lid: incoming.from }])
      },
      { phone: ana, name: 'Ana', addressing: 'lid', phoneKnown: false },
    ))

  it('typed by the owner on the phone are created, but not received', () =>
    withPaired(async (lab, { recorder }) => {
      await lab.scenario.sendFromPhone({ account: shop, contact: ana, body: 'sou eu' })
      const created = await recorder.wait<Message>('message_create')
      expect(created).toMatchObject({ fromMe: true, body: 'sou eu', to: `${ana}@c.us` })
      expect(recorder.named('message')).toHaveLength(0)
    }))

  it('carry pictures both ways', () =>
    withPaired(async (lab, { client, recorder }) => {
      const data = picture()
      await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'veja', media: { data, mimetype: 'image/png' } })
      const incoming = await recorder.wait<Message>('message')
      expect(incoming).toMatchObject({ type: 'image', hasMedia: true, body: 'veja' })
      expect(await incoming.downloadMedia()).toMatchObject({ data, mimetype: 'image/png' })

      await client.sendMessage(`${ana}@c.us`, new wwebjs.MessageMedia('image/png', data, 'foto.png'), { caption: 'a sua' })
      const sent = await lab.scenario.waitForMessage({ account: shop, contact: ana, body: 'a sua' })
      expect(sent).toMatchObject({ type: 'image', media: { mimetype: 'image/png', width: 8, filename: 'foto.png' } })
      const bytes = await fetch(`${lab.control}/api/media/${sent.media?.id}`).then((answer) => answer.arrayBuffer())
      expect(Buffer.from(bytes).toString('base64')).toBe(data)
    }))

  it('carry documents and voice', () =>
    withPaired(async (lab, { client }) => {
      const pdf = Buffer.concat([Buffer.from('%PDF-1.4\n'), deflateSync('x')]).toString('base64')
      await client.sendMessage(`${ana}@c.us`, new wwebjs.MessageMedia('application/pdf', pdf, 'nota.pdf'), { sendMediaAsDocument: true })
      await lab.scenario.waitForMessage({ account: shop, contact: ana, ack: 2 })
      await client.sendMessage(`${ana}@c.us`, new wwebjs.MessageMedia('audio/ogg; codecs=opus', 'T2dnUw=='), { sendAudioAsVoice: true })
      const all = async () => (await lab.scenario.messages({ account: shop })).map((one) => [one.type, one.media?.filename])
      await expect.poll(all).toEqual([
        ['document', 'nota.pdf'],
        ['ptt', expect.anything()],
      ])
    }))

  it('whose media is gone have nothing to download', () =>
    withPaired(async (lab, { recorder }) => {
      await lab.scenario.sendFromContact({ account: shop, contact: ana, media: { data: picture(), mimetype: 'image/png' } })
      const incoming = await recorder.wait<Message>('message')
      await lab.scenario.setFaults({ mediaGone: true })
      expect(await incoming.downloadMedia()).toBeUndefined()
    }))

  it('quote each other', () =>
    withPaired(async (lab, { client, recorder }) => {
      const question = await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'quanto custa?' })
      const incoming = await recorder.wait<Message>('message')
      const reply = await incoming.reply('dez reais')
      const arrived = await lab.scenario.waitForMessage({ account: shop, contact: ana, body: 'dez reais' })
      expect(arrived.quoted).toMatchObject({ id: question.id, body: 'quanto custa?', fromMe: false })

      await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'caro', quoted: reply.id.id })
      const answer = await recorder.wait<Message>('message', (message) => message.body === 'caro')
      expect(answer.hasQuotedMsg).toBe(true)
      expect((await answer.getQuotedMessage()).body).toBe('dez reais')
      expect(client.info.pushname).toBe('Loja')
    }))

  it('arrive from groups with their author', () =>
    withPaired(async (lab, { client, recorder }) => {
      const { chat } = await lab.scenario.createGroup({ account: shop, subject: 'Equipe', participants: [ana] })
      await lab.scenario.sendFromContact({ account: shop, contact: ana, chat, body: 'oi grupo' })
      const incoming = await recorder.wait<Message>('message')
      expect(incoming).toMatchObject({ from: chat, author: `${ana}@c.us`, body: 'oi grupo' })
      const group = await incoming.getChat()
      expect(group).toMatchObject({ isGroup: true, name: 'Equipe' })
      await client.sendMessage(chat, 'oi a todos')
      await lab.scenario.waitForMessage({ account: shop, chat, body: 'oi a todos' })
    }))

  it('show typing', () =>
    withPaired(async (lab, { client, recorder }) => {
      await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'oi' })
      await recorder.wait('message')
      await (await client.getChatById(`${ana}@c.us`)).sendStateTyping()
      await lab.scenario.waitForChatState({ account: shop, contact: ana, state: 'typing' })
    }))

  it('turn blue when they are seen', () =>
    withPaired(async (lab, { client, recorder }) => {
      const { id } = await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'oi' })
      await recorder.wait('message')
      await lab.scenario.waitForAck({ account: shop, id, ack: 2 })
      await client.sendSeen(`${ana}@c.us`)
      await lab.scenario.waitForAck({ account: shop, id, ack: 3 })
    }))

  it('are refused to numbers that are not on WhatsApp', () =>
    withPaired(async (_lab, { client, recorder }) => {
      expect(await client.getNumberId('5511900009999')).toBeNull()
      expect((await client.getNumberId(ana))?._serialized).toBe(`${ana}@c.us`)
      await client.sendMessage('5511900009999@c.us', 'alguém?')
      await recorder.wait<unknown>('message_ack', (_message, ack) => ack === -1)
    }))

  it('load page by page, whatever their number', () =>
    withPaired(async (lab, { client }) => {
      const numbers = Array.from({ length: 65 }, (_, index) => index)
      for (const number of numbers)
        await lab.scenario.sendFromContact({ account: shop, contact: ana, body: `n${number}`, at: 1_790_000_000 + number })
      await client.pupPage?.reload()
      await lab.scenario.waitForDevice({ account: shop })
      await expect.poll(() => client.pupPage?.evaluate('window.WWebJS !== undefined'), { timeout: 10_000 }).toBe(true)
      const messages = await (await client.getChatById(`${ana}@c.us`)).fetchMessages({ limit: 100 })
      expect(messages.map((message) => message.body)).toEqual(numbers.map((number) => `n${number}`))
    }))
})
