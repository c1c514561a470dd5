import { createHash, randomBytes } from 'node:crypto'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { withLab, type Lab, type LabOptions } from '@zaptria/lab'
import { describe, expect, it } from 'vitest'
import { MessageEvent, vcardOf, type MessageContent } from '@zaptria/contract'
import { describeChanges } from './conformance-changes.ts'
import { isAlive, processTree, type Process } from './wwebjs/processes.ts'
import { MediaGoneError, type EngineFactory, type EngineMessage } from './port.ts'
import { newKey, withVolume, type Watched } from './testing.ts'

const { wa_id: WaId } = MessageEvent.shape
const SHOP = '5511900000001'
const ANA = '5511988887777'
const ANA_CHAT = `${ANA}@c.us`
const BIA = '5511977776666'

/** The browsers that this test's process has started, and theirs. */
const browsersOf = (root: number): Process[] => processTree(root).filter((one) => one.pid !== root && /chrom/i.test(one.name))

const card = (name: string, phone: string) => ({ name, vcard: vcardOf({ name, phone }) })
/** Each kind of content, with WhatsApp's type for it. */
const CONTENTS: [what: string, type: string, content: MessageContent][] = [
  [
    'a place',
    'location',
    { kind: 'location', latitude: -23.5614, longitude: -46.6559, name: 'MASP', address: 'Av. Paulista, 1578\nSão Paulo' },
  ],
  ['a place without a name', 'location', { kind: 'location', latitude: 0, longitude: 12.5 }],
  ['a contact', 'vcard', { kind: 'contacts', contacts: [card('Dr. Célia; Dentista', BIA)] }],
  ['several contacts', 'multi_vcard', { kind: 'contacts', contacts: [card('Bia', BIA), card('Ana', ANA)] }],
  ['a poll', 'poll_creation', { kind: 'poll', question: 'Que dia?', options: ['Sexta', 'Sábado', 'Domingo'], max_choices: 1 }],
  ['a poll of any number', 'poll_creation', { kind: 'poll', question: 'Sabores?', options: ['Uva', 'Manga'], max_choices: 2 }],
  ['a poll of some', 'poll_creation', { kind: 'poll', question: 'Dois de três?', options: ['a', 'b', 'c'], max_choices: 2 }],
]

type Start = (options?: { pairWithPhone?: string }) => Watched
type Scene = { lab: Lab; scenario: Lab['scenario']; start: Start; volume: string }

/** What every engine must do, seen through the port alone. `factory` makes it speak to this Lab. */
export const describeEngine = (name: string, factory: (lab: Lab) => EngineFactory, options: LabOptions = {}): void => {
  const withScene = (body: (scene: Scene) => Promise<void>): Promise<void> =>
    withLab(options, async (lab) => {
      const { scenario } = lab
      await scenario.createAccount({ number: SHOP, name: 'Loja' })
      await scenario.createContact({ phone: ANA, name: 'Ana' })
      await withVolume((start, volume) => body({ lab, scenario, volume, start: (given = {}) => start(factory(lab), given) }))
    })
  const pair = async ({ scenario, start }: Pick<Scene, 'scenario' | 'start'>): Promise<Watched> => {
    const watched = start()
    await watched.open()
    await scenario.scan({ account: SHOP, qr: await watched.qr() })
    await watched.waitState('connected')
    return watched
  }
  const withPaired = (body: (scene: Scene & { bot: Watched }) => Promise<void>): Promise<void> =>
    withScene(async (scene) => body({ ...scene, bot: await pair(scene) }))
  const bodies = (messages: EngineMessage[]): string[] => messages.map((message) => message.body)

  describe(`the engine ${name}`, () => {
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
          const { heldMs } = await bot.engine.copySession(copy).finally(() => {
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
          await expect(bot.engine.copySession(join(volume, 'copy'))).rejects.toThrow()
        }))
    })

    describe('messages', () => {
      it('reports what a contact writes', () =>
        withPaired(async ({ bot, scenario }) => {
          const sent = await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'oi, tudo bem?' })
          const { message } = await bot.waitMessage('oi, tudo bem?')
          expect(message).toMatchObject({ waId: sent.id, chatId: ANA_CHAT, fromMe: false, sender: ANA_CHAT, phone: ANA_CHAT })
          expect(message).toMatchObject({ timestamp: sent.t, type: 'chat', pushName: 'Ana' })
          expect(message.caughtUp).toBeUndefined()
        }))

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

      it('describes media that comes in', () =>
        withPaired(async ({ bot, scenario }) => {
          const data = Buffer.from('%PDF-1.4 conteúdo').toString('base64')
          const media = { data, mimetype: 'application/pdf', filename: 'recibo.pdf' }
          await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'segue', media })
          const { message } = await bot.waitMessage('segue')
          expect(message).toMatchObject({ type: 'document', media: { mimetype: 'application/pdf', filename: 'recibo.pdf' } })
          expect(message.media?.size_bytes).toBe(Buffer.from(data, 'base64').length)
        }))

      it('brings the bytes of media, piece by piece, under the hash that was told', () =>
        withPaired(async ({ bot, scenario }) => {
          const bytes = randomBytes(1_300_000)
          const media = { data: bytes.toString('base64'), mimetype: 'application/pdf', filename: 'grande.pdf' }
          await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'segue', media })
          const { message } = await bot.waitMessage('segue')
          const pieces = await bot.download(message)
          expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(1024 * 1024)
          expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
          expect(message.media?.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
        }))

      it('says that media is gone, and brings it when it is back', () =>
        withPaired(async ({ bot, scenario }) => {
          const bytes = Buffer.from('uma imagem')
          const media = { data: bytes.toString('base64'), mimetype: 'image/png' }
          await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'foto', media })
          const { message } = await bot.waitMessage('foto')
          await scenario.setFaults({ mediaGone: true })
          await expect(bot.download(message)).rejects.toThrow(MediaGoneError)
          await expect(bot.download({ ...message, waId: 'NOSUCHMESSAGE' })).rejects.toThrow(MediaGoneError)
          await scenario.setFaults({ mediaGone: false })
          expect(Buffer.concat(await bot.download(message)).equals(bytes)).toBe(true)
        }))

      it('brings media that the owner sent, and that came while nobody looked', () =>
        withPaired(async ({ bot, scenario, start }) => {
          await bot.engine.close()
          const bytes = randomBytes(5_000)
          const media = { data: bytes.toString('base64'), mimetype: 'image/png' }
          await scenario.sendFromPhone({ account: SHOP, contact: ANA, body: 'minha', media })
          await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'dela', media })
          const again = start()
          await again.open()
          await again.waitState('connected')
          const found = await again.caughtUp()
          expect(bodies(found)).toEqual(['minha', 'dela'])
          for (const message of found) expect(Buffer.concat(await again.download(message)).equals(bytes)).toBe(true)
        }))

      it.each([
        ['image', 'image/png', 'image'],
        ['video', 'video/mp4', 'video'],
        ['audio', 'audio/mpeg', 'audio'],
        ['document', 'image/png', 'document'],
        ['sticker', 'image/webp', 'sticker'],
      ] as const)('sends a file as %s, under the key it is given', (kind, mimetype, type) =>
        withPaired(async ({ bot, scenario, lab }) => {
          await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'manda' })
          await bot.waitMessage('manda')
          const bytes = randomBytes(700_000)
          const { handle, release } = await bot.stage({ mimetype, filename: 'cardápio.bin' }, bytes)
          const waId = newKey()
          const text = kind === 'sticker' ? '' : 'hoje'
          expect(await bot.send({ waId, chatId: ANA_CHAT, text, file: { handle, kind } })).toMatchObject({ outcome: 'handed' })
          await release()
          const sent = await scenario.waitForMessage({ account: SHOP, contact: ANA, id: waId })
          expect(sent).toMatchObject({ type, body: text, media: { mimetype, size: bytes.length } })
          if (kind === 'document') expect(sent.media).toMatchObject({ filename: 'cardápio.bin' })
          const answer = await fetch(`${lab.control}/api/media/${sent.media?.id}`)
          expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true)
          await bot.wait('ack', (event) => event.waId === waId && event.ack >= 1)
        }),
      )

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

      it.each(CONTENTS)('reports %s that comes in', (_, type, content) =>
        withPaired(async ({ bot, scenario }) => {
          const sent = await scenario.sendFromContact({ account: SHOP, contact: ANA, content })
          const { message } = await bot.wait('message', (event) => event.message.waId === sent.id)
          expect(message).toMatchObject({ type, body: '', content })
          expect(message.content).toEqual(content)
        }),
      )

      it.each(CONTENTS)('sends %s under the key it is given', (_, type, content) =>
        withPaired(async ({ bot, scenario }) => {
          const waId = newKey()
          expect(await bot.send({ waId, chatId: ANA_CHAT, text: 'em palavras', content })).toMatchObject({ outcome: 'handed' })
          const sent = await scenario.waitForMessage({ account: SHOP, contact: ANA, id: waId, ack: 2 })
          expect(sent).toMatchObject({ type, body: '', quoted: null })
          expect(sent.content).toEqual(content)
          await bot.wait('ack', (event) => event.waId === waId && event.ack >= 1)
        }),
      )

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

      it('reports a burst whole, once, in order, even when each comes twice', () =>
        withPaired(async ({ bot, scenario }) => {
          await scenario.setFaults({ duplicates: 1 })
          const texts = Array.from({ length: 100 }, (_, index) => `mensagem ${index}`)
          for (const body of texts) await scenario.sendFromContact({ account: SHOP, contact: ANA, body })
          await bot.waitMessage('mensagem 99')
          expect(bodies(bot.messages())).toEqual(texts)
        }))
    })

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

    describeChanges((body) => withPaired(({ scenario, bot, start }) => body({ scenario, bot, start: () => start() })))

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
  })
}
