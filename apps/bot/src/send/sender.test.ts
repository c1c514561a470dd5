import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import type { MessageContent } from '@zaptria/contract'
import { beforeEach, describe, expect, it } from 'vitest'
import { FAST, tempDir } from '../testing/bot.ts'
import type { FakeWhatsApp } from '../testing/fake-whatsapp.ts'
import type { LinkServer } from '../testing/link-server.ts'
import { newWaId } from './sender.ts'
import { send, sendScene, until, type Send } from './testing.ts'

const { now, start, isConnected, connected, result, sends, acks } = sendScene()
let server: LinkServer
let whatsapp: FakeWhatsApp
let dir: { path: string }
beforeEach(() => {
  ;({ server, whatsapp, dir } = now())
})

describe('sending', () => {
  it('uses the key that the control plane chose, and says when the page has it', async () => {
    await using _bot = await start()
    await connected()
    const command = send()
    expect(await server.command(command)).toMatchObject({ ok: true })
    expect(await result(command)).toBe('handed')
    expect(whatsapp.world.sent.get(command.wa_id)).toMatchObject({ text: 'olá', chatId: command.chat_id, times: 1 })
    whatsapp.engine().emit({ kind: 'ack', waId: command.wa_id, chatId: command.chat_id, ack: 2 })
    await until('the ack', () => acks(command).includes(2))
  })

  it('has it on disk that it tries, before the page is asked', async () => {
    await using _bot = await start()
    await connected()
    await using copy = await tempDir()
    const command = send()
    let found: unknown
    whatsapp.world.beforeSend = () => {
      // The files as a kill at this moment would leave them.
      cpSync(dir.path, copy.path, { recursive: true, filter: (path) => !/Singleton/.test(path) })
      using db = new DatabaseSync(join(copy.path, 'outbox.db'))
      found = db.prepare('select state, tries from sends where wa_id = ?').get(command.wa_id)
      return Promise.resolve(null)
    }
    await server.command(command)
    expect(await result(command)).toBe('handed')
    expect(found).toMatchObject({ state: 'trying', tries: 1 })
  })

  it('sends once, however often the command comes, and gives the same result again', async () => {
    await using _bot = await start()
    await connected()
    const command = send()
    await Promise.all([server.command(command), server.command(command), server.command(command)])
    await result(command)
    await server.command(command)
    await until('the result again', () => server.results(command.message_id).length >= 2)
    expect(new Set(server.results(command.message_id))).toEqual(new Set(['handed']))
    expect(sends(command)).toBe(1)
  })

  it('waits for the session, and sends when it is there', async () => {
    await using _bot = await start()
    await until('a QR', () => server.of('qr').length > 0)
    const command = send()
    expect(await server.command(command)).toMatchObject({ ok: true })
    expect(server.results(command.message_id)).toEqual([])
    whatsapp.engine().scan()
    expect(await result(command)).toBe('handed')
  })

  it.each<[what: string, message: Send['message'], content: MessageContent]>([
    [
      'a place',
      { type: 'location', latitude: 1.5, longitude: -2, name: 'Loja', address: 'Rua A' },
      { kind: 'location', latitude: 1.5, longitude: -2, name: 'Loja', address: 'Rua A' },
    ],
    [
      'contacts',
      { type: 'contact', contacts: [{ name: 'Bia', vcard: 'BEGIN:VCARD' }] },
      { kind: 'contacts', contacts: [{ name: 'Bia', vcard: 'BEGIN:VCARD' }] },
    ],
    [
      'a poll',
      { type: 'poll', question: 'Dia?', options: ['a', 'b'], max_choices: 1 },
      { kind: 'poll', question: 'Dia?', options: ['a', 'b'], max_choices: 1 },
    ],
  ])('keeps %s, and what it answers, over a restart of the bot', async (_, message, content) => {
    const quoted = { wa_id: '3EB0AA', chat_id: '5511988887777@c.us', from_me: false, sender: '5511988887777@c.us' }
    const command = send({ message, quoted })
    {
      await using _bot = await start()
      await until('a QR', () => server.of('qr').length > 0)
      expect(await server.command(command)).toMatchObject({ ok: true })
    }
    await using _again = await start()
    await until('a QR', () => server.up() && whatsapp.engine() !== null)
    whatsapp.engine().scan()
    expect(await result(command)).toBe('handed')
    const { chat_id: chatId, from_me: fromMe, sender } = quoted
    expect(whatsapp.world.sent.get(command.wa_id)).toMatchObject({ content, quoted: { waId: '3EB0AA', chatId, fromMe, sender }, times: 1 })
  })

  it('does not send what has expired', async () => {
    await using _bot = await start()
    await until('a QR', () => server.of('qr').length > 0)
    const command = send({ expires_in_ms: 50 })
    await server.command(command)
    expect(await result(command)).toBe('failed')
    expect(server.of('send_result').at(-1)?.body.reason).toBe('expired')
    whatsapp.engine().scan()
    await isConnected()
    expect(sends(command)).toBe(0)
  })

  describe('what the page took, and WhatsApp’s servers have not,', () => {
    const ended = () => whatsapp.engine().emit({ kind: 'ended', state: 'reconnecting', reason: 'browser_crashed' })
    const opens = (): number => whatsapp.world.calls.filter((call) => call === 'catchUp').length

    it('is sent again with its key and words when the next page has it no more, in order', async () => {
      await using _bot = await start()
      await connected()
      const [acked, first, second] = [
        send(),
        send({ message: { type: 'text', body: '1' } }),
        send({ message: { type: 'text', body: '2' } }),
      ]
      for (const command of [acked, first, second]) {
        await server.command(command)
        await result(command)
      }
      whatsapp.engine().emit({ kind: 'ack', waId: acked.wa_id, chatId: acked.chat_id, ack: 1 })
      await until('the ack', () => acks(acked).includes(1))
      whatsapp.world.sent.clear()
      ended()
      await until('both again', () => sends(second) === 2)
      expect([...whatsapp.world.sent.values()].map((each) => each.text)).toEqual(['1', '2'])
      await until('the result again', () => server.results(second.message_id).length === 2)
      expect(sends(acked)).toBe(1)
    })

    it('is not sent again when the next page still has it', async () => {
      await using _bot = await start()
      await connected()
      const command = send()
      await server.command(command)
      await result(command)
      whatsapp.world.sent.get(command.wa_id)!.ack = 0
      ended()
      await until('another look', () => server.results(command.message_id).length === 2)
      expect(sends(command)).toBe(1)
    })

    it('gets a fresh page when it stays unsent, and then a rarer look', async () => {
      await using _bot = await start({ sessionTimings: { ...FAST.sessionTimings, stuckMs: 400, stuckMaxMs: 60_000 } })
      await connected()
      const command = send()
      await server.command(command)
      await result(command)
      whatsapp.world.sent.get(command.wa_id)!.ack = 0
      await until('a fresh page', () => opens() === 2)
      expect(server.of('state').some(({ body }) => body.detail === 'messages stayed unsent in the page')).toBe(true)
      await delay(1_000)
      expect(opens()).toBe(2)
      expect(sends(command)).toBe(1)
    })
  })

  it('keeps the order of a chat and lets a person go before a flow', async () => {
    await using _bot = await start()
    await until('a QR', () => server.of('qr').length > 0)
    const commands = [
      send({ message: { type: 'text', body: '1' } }),
      send({ message: { type: 'text', body: '2' } }),
      send({ message: { type: 'text', body: 'person' }, priority: 5 }),
    ]
    for (const command of commands) await server.command(command)
    whatsapp.engine().scan()
    for (const command of commands) await result(command)
    expect([...whatsapp.world.sent.values()].map((each) => each.text)).toEqual(['person', '1', '2'])
  })

  it('keeps the order of a contact whose chat changes its name between two messages', async () => {
    await using _bot = await start()
    await connected()
    const [lid, phone] = ['77@lid', '5511955554444@c.us']
    const text = (body: string) => ({ message: { type: 'text' as const, body } })
    // The first is tried, and has to be tried again, when the second comes under the name that has become known.
    const commands = [
      send({ chat_id: lid, ...text('1') }),
      send({ chat_id: phone, alias_chat_id: lid, ...text('2') }),
      send({ chat_id: lid, alias_chat_id: phone, ...text('3') }),
    ]
    const tried = Promise.withResolvers<void>()
    const fail = Promise.withResolvers<null>()
    let failed = false
    whatsapp.world.beforeSend = async ({ waId }) => {
      if (waId !== commands[0]?.wa_id || failed) return null
      failed = true
      tried.resolve()
      return fail.promise
    }
    await server.command(commands[0]!)
    await tried.promise
    for (const command of commands.slice(1)) await server.command(command)
    fail.reject(new Error('the page went away'))
    for (const command of commands) expect(await result(command)).toBe('handed')
    expect([...whatsapp.world.sent.values()].map((each) => each.text)).toEqual(['1', '2', '3'])
  })

  it('reports why a message was rejected, and does not try it again by itself', async () => {
    await using _bot = await start()
    await connected()
    whatsapp.world.beforeSend = () => Promise.resolve({ outcome: 'rejected', reason: 'not_on_whatsapp', detail: 'no such account' })
    const command = send()
    await server.command(command)
    expect(await result(command)).toBe('failed')
    expect(server.of('send_result').at(-1)?.body).toMatchObject({ reason: 'not_on_whatsapp', detail: 'no such account' })
    expect(sends(command)).toBe(1)
  })

  it('does not hold other chats while one hangs', async () => {
    await using _bot = await start()
    await connected()
    const stuck = Promise.withResolvers<null>()
    const hanging = send({ chat_id: '5511911111111@c.us' })
    whatsapp.world.beforeSend = ({ chatId }) => (chatId === hanging.chat_id ? stuck.promise : Promise.resolve(null))
    await server.command(hanging)
    const other = send()
    await server.command(other)
    expect(await result(other)).toBe('handed')
    expect(server.results(hanging.message_id)).toEqual([])
    stuck.resolve(null)
    expect(await result(hanging)).toBe('handed')
  })

  it('refuses another key for the same message', async () => {
    await using _bot = await start()
    await connected()
    const command = send()
    await server.command(command)
    expect(await server.command({ ...command, wa_id: newWaId() })).toMatchObject({ ok: false })
  })

  it('does not report its own messages as somebody’s', async () => {
    await using _bot = await start()
    await connected()
    const command = send()
    await server.command(command)
    await result(command)
    whatsapp.say({ waId: command.wa_id, fromMe: true, body: 'olá' })
    whatsapp.say({ waId: 'OWNER1', fromMe: true, body: 'typed on the phone' })
    await until('the owner’s own', () => server.messages().includes('typed on the phone'))
    expect(server.messages()).not.toContain('olá')
  })
})
