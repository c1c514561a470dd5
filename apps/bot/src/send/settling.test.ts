import { setTimeout as delay } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { FAST } from '../testing/bot.ts'
import type { FakeWhatsApp } from '../testing/fake-whatsapp.ts'
import type { LinkServer } from '../testing/link-server.ts'
import { SENDER_TIMINGS } from './sender.ts'
import { send, sendScene, until } from './testing.ts'

const { now, start, connected, result, sends, acks } = sendScene()
let server: LinkServer
let whatsapp: FakeWhatsApp
beforeEach(() => {
  ;({ server, whatsapp } = now())
})

describe('sending', () => {
  describe('when the page’s answer is lost, settles by key:', () => {
    it.each([
      ['it has left: not again', 1, 1, [1]],
      ['the page still owns it: not again', 0, 1, []],
      ['the page has failed: again, with the same key', -1, 2, []],
    ])('%s', async (_what, ack, times, reported) => {
      await using _bot = await start()
      await connected()
      const command = send()
      let once = true
      whatsapp.world.afterSend = () => {
        if (!once) return
        once = false
        const sent = whatsapp.world.sent.get(command.wa_id)
        if (sent !== undefined) sent.ack = ack
        throw new Error('Target closed')
      }
      await server.command(command)
      expect(await result(command)).toBe('handed')
      expect(sends(command)).toBe(times)
      expect(acks(command)).toEqual(reported)
    })

    it('it never arrived: again, and given up on after a few tries', async () => {
      await using _bot = await start()
      await connected()
      whatsapp.world.beforeSend = () => Promise.reject(new Error('Evaluation failed'))
      const command = send()
      await server.command(command)
      expect(await result(command)).toBe('failed')
      expect(server.of('send_result').at(-1)?.body.reason).toBe('engine_error')
      expect(sends(command)).toBe(4)
      expect(whatsapp.world.calls.filter((call) => call.startsWith(`lookup ${command.wa_id}`)).length).toBeGreaterThanOrEqual(3)
    })

    it('under both names of the chat', async () => {
      await using _bot = await start()
      await connected()
      const command = send({ chat_id: '77@lid', alias_chat_id: '5511988887777@c.us', attempt: 2 })
      whatsapp.world.sent.set(command.wa_id, { waId: command.wa_id, chatId: '5511988887777@c.us', text: 'olá', ack: 3, times: 1 })
      await server.command(command)
      expect(await result(command)).toBe('handed')
      expect(sends(command)).toBe(0)
      expect(acks(command)).toEqual([3])
    })

    it('the page cannot tell: unknown after a while, and the chat goes on', async () => {
      await using _bot = await start()
      await connected()
      whatsapp.world.lookupError = new Error('Protocol error')
      const command = send({ attempt: 2 })
      const next = send()
      await server.command(command)
      await server.command(next)
      expect(await result(next)).toBe('handed')
      expect(server.of('send_result').map(({ body }) => [body.message_id, body.outcome])).toEqual([
        [command.message_id, 'unknown'],
        [next.message_id, 'handed'],
      ])
      expect(sends(command)).toBe(0)
    })
  })

  it('holds a chat for a minute at most, because of one that nobody can tell of', () => {
    expect(SENDER_TIMINGS.settleMs).toBe(60_000)
  })

  it('looks nothing up before it has caught up: a page may read on from what it was asked for alone, past others', async () => {
    const reading = Promise.withResolvers<void>()
    whatsapp.world.beforeCatchUp = reading.promise
    await using _bot = await start({ sessionTimings: { ...FAST.sessionTimings, deferMs: 60_000 } })
    await connected()
    const command = send({ attempt: 2 })
    await server.command(command)
    await until('the read to begin', () => whatsapp.world.calls.includes('catchUp'))
    await delay(200)
    expect(whatsapp.world.calls.filter((call) => call.startsWith('lookup'))).toEqual([])
    reading.resolve()
    expect(await result(command)).toBe('handed')
  })

  it('goes on though it cannot catch up, after a while', async () => {
    whatsapp.world.catchUpError = new Error('Evaluation failed')
    await using _bot = await start()
    await connected()
    const command = send({ attempt: 2 })
    await server.command(command)
    expect(await result(command)).toBe('handed')
  })

  it('sends a second attempt that this volume never saw: it cannot have left before', async () => {
    await using _bot = await start()
    await connected()
    const command = send({ attempt: 2 })
    await server.command(command)
    expect(await result(command)).toBe('handed')
    expect(sends(command)).toBe(1)
  })

  it('leaves a second attempt to a person where an earlier volume may have sent it', async () => {
    server.state.epoch = 2
    await using _bot = await start()
    await connected()
    const command = send({ attempt: 2 })
    await server.command(command)
    expect(await result(command)).toBe('unknown')
    expect(sends(command)).toBe(0)
  })

  it('leaves it to a person what was tried under an earlier pairing', async () => {
    await using _bot = await start()
    await connected()
    const command = send()
    whatsapp.world.beforeSend = () => {
      whatsapp.engine().emit({ kind: 'ended', state: 'logged_out', reason: 'logout_by_phone' })
      return Promise.reject(new Error('Target closed'))
    }
    await server.command(command)
    await until('a new QR', () => server.of('qr').filter((event) => event.body.qr_code !== null).length === 2)
    whatsapp.world.beforeSend = null
    whatsapp.engine().scan()
    expect(await result(command)).toBe('unknown')
    expect(sends(command)).toBe(1)
  })

  it('tries a further attempt of one that was handed over and then failed in the page', async () => {
    await using _bot = await start()
    await connected()
    const command = send()
    await server.command(command)
    await result(command)
    const sent = whatsapp.world.sent.get(command.wa_id)
    if (sent !== undefined) sent.ack = -1
    whatsapp.engine().emit({ kind: 'ack', waId: command.wa_id, chatId: command.chat_id, ack: -1 })
    await until('the bad news', () => acks(command).includes(-1))
    await server.command({ ...command, attempt: 2 })
    await until('a second result', () => server.results(command.message_id).length === 2)
    expect(sends(command)).toBe(2)
  })
})
