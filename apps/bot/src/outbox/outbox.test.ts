import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { BotEventBody } from '@zaptria/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tempDir } from '../testing/bot.ts'
import { openDatabase } from './database.ts'
import { createOutbox, type Outbox } from './outbox.ts'

let dir: Awaited<ReturnType<typeof tempDir>>
let outbox: Outbox
let now = 1_790_000_000_000
beforeEach(async () => {
  now = 1_790_000_000_000
  dir = await tempDir()
  outbox = createOutbox(openDatabase(dir.path), () => now)
})
afterEach(async () => {
  outbox.close()
  await dir[Symbol.asyncDispose]()
})
const reopen = (): void => {
  outbox.close()
  outbox = createOutbox(openDatabase(dir.path), () => now)
}

type Message = Extract<BotEventBody, { kind: 'message' }>
const message = (more: Partial<Message> = {}): Message => ({
  kind: 'message',
  wa_id: 'A',
  chat_id: '5511988887777@c.us',
  from_me: false,
  sender: '5511988887777@c.us',
  phone: '5511988887777@c.us',
  lid: null,
  body: 'oi',
  timestamp: 1_790_000_000,
  type: 'chat',
  ...more,
})
const append = (...bodies: BotEventBody[]): number => outbox.events.append(bodies.map((body) => ({ body, epoch: 1, moveWatermark: true })))
const pending = () => outbox.events.pending(0, 1_000, 1e9)

describe('events', () => {
  it('are numbered for ever, across restarts and empty tables', () => {
    append(message({ wa_id: '1' }), message({ wa_id: '2' }))
    outbox.events.acknowledge(2)
    reopen()
    append(message({ wa_id: '3' }))
    expect(pending().map((event) => event.seq)).toEqual([3])
    expect(pending()[0]).toMatchObject({ epoch: 1, at: new Date(now).toISOString(), body: { wa_id: '3' } })
  })

  it('keep only the newest QR and the newest code', () => {
    append(
      { kind: 'qr', qr_code: '1' },
      { kind: 'pairing_code', code: 'A' },
      message(),
      { kind: 'qr', qr_code: '2' },
      { kind: 'pairing_code', code: null },
    )
    expect(pending().map(({ body }) => body.kind)).toEqual(['message', 'qr', 'pairing_code'])
    expect(pending()[1]?.body).toEqual({ kind: 'qr', qr_code: '2' })
  })

  it.each<[string, Partial<Message>, boolean]>([
    ['the same again', {}, false],
    ['the same, delivered already, found by catching up', { caught_up: true }, false],
    ['the same chat under its LID', { chat_id: '77@lid', lid: '77@lid', sender: '77@lid' }, false],
    ['another id', { wa_id: 'B' }, true],
    ['the same id by the owner: senders choose ids', { from_me: true }, true],
    ['the same id in another chat', { chat_id: '5511900000000@c.us', phone: '5511900000000@c.us' }, true],
  ])('of messages are stored once: %s', (_what, more, stored) => {
    append(message())
    outbox.events.acknowledge(outbox.events.last())
    reopen()
    expect(append(message(more))).toBe(stored ? 1 : 0)
  })

  it('of a group tell its members apart', () => {
    const group = { chat_id: '1203@g.us', phone: null }
    expect(
      append(message({ ...group, sender: '1@c.us' }), message({ ...group, sender: '2@c.us' }), message({ ...group, sender: '1@c.us' })),
    ).toBe(2)
  })

  it('are known for thirty days', () => {
    append(message())
    now += 29 * 86_400_000
    outbox.prune()
    expect(append(message())).toBe(0)
    now += 2 * 86_400_000
    outbox.prune()
    expect(append(message())).toBe(1)
  })

  it('move the watermark of their chat in the same breath, never back, never into the future', () => {
    const chat = '5511988887777@c.us'
    append(message({ wa_id: '1', timestamp: 1_789_999_000 }))
    append(message({ wa_id: '2', timestamp: 1_789_998_000 }))
    expect(outbox.volume.watermarks().get(chat)).toBe(1_789_999_000)
    append(message({ wa_id: '3', timestamp: 1_990_000_000 }))
    expect(outbox.volume.watermarks().get(chat)).toBe(1_790_000_060)
    outbox.events.append([{ body: message({ wa_id: '4', timestamp: 1_790_000_100 }), epoch: 1, moveWatermark: false }])
    expect(outbox.volume.watermarks().get(chat)).toBe(1_790_000_060)
  })

  it('leave no trace when the disk takes only some of them', () => {
    const heard: number[] = []
    outbox.events.onChange(() => heard.push(1))
    const failing = () =>
      outbox.events.append(
        [message({ wa_id: '1' })].map((body) => ({ body, epoch: 1, moveWatermark: true })),
        () => {
          throw new Error('disk')
        },
      )
    expect(failing).toThrow('disk')
    expect(pending()).toEqual([])
    expect(outbox.volume.watermarks().size).toBe(0)
    expect(heard).toEqual([])
    expect(append(message({ wa_id: '1' }))).toBe(1)
  })

  it('come in batches that fit a frame, at least one at a time', () => {
    append(...Array.from({ length: 10 }, (_, n) => message({ wa_id: `${n}`, body: 'x'.repeat(1_000) })))
    expect(outbox.events.pending(0, 100, 5_000)).toHaveLength(3)
    expect(outbox.events.pending(0, 100, 1)).toHaveLength(1)
    expect(outbox.events.pending(4, 2, 1e9).map((event) => event.seq)).toEqual([5, 6])
  })

  it('that wait say for how long the oldest has', () => {
    expect(outbox.events.oldestMs()).toBeNull()
    append(message({ wa_id: '1' }))
    now += 2_000
    append(message({ wa_id: '2' }))
    now += 500
    expect(outbox.events.oldestMs()).toBe(2_500)
    outbox.events.acknowledge(1)
    expect(outbox.events.oldestMs()).toBe(500)
    outbox.events.setAside(2, 'HTTP 422')
    expect(outbox.events.oldestMs()).toBeNull()
  })

  it('that were set aside are out of the way, survive acknowledgements, and are replayed under new numbers', () => {
    append(message({ wa_id: '1' }), message({ wa_id: '2' }), message({ wa_id: '3' }))
    outbox.events.setAside(2, 'HTTP 422')
    expect(pending().map((event) => event.seq)).toEqual([1, 3])
    outbox.events.acknowledge(3)
    reopen()
    expect(outbox.events.counts()).toEqual({ pending: 0, setAside: 1 })
    expect(outbox.events.replay()).toBe(1)
    expect(pending()).toMatchObject([{ seq: 4, body: { wa_id: '2' } }])
  })

  it('give their disk back once they are delivered', () => {
    for (let n = 0; n < 20; n += 1)
      append(...Array.from({ length: 50 }, (_, m) => message({ wa_id: `${n}-${m}`, body: 'x'.repeat(5_000) })))
    outbox.events.acknowledge(outbox.events.last())
    now += 31 * 86_400_000
    for (let n = 0; n < 10; n += 1) outbox.prune()
    reopen()
    expect(statSync(join(dir.path, 'outbox.db')).size).toBeLessThan(200_000)
  })

  it('are lifted above what the control plane has stored', () => {
    outbox.events.liftAbove(40)
    append(message({ wa_id: '1' }), message({ wa_id: '2' }))
    expect(pending().map((event) => event.seq)).toEqual([41, 42])
    outbox.events.liftAbove(41)
    expect(pending().map((event) => event.seq)).toEqual([41, 42])
    outbox.events.liftAbove(100)
    expect(pending().map((event) => event.seq)).toEqual([141, 142])
    append(message({ wa_id: '3' }))
    expect(pending().at(-1)?.seq).toBeGreaterThan(142)
  })
})

describe('lanes', () => {
  const PHONE = '5511988887777@c.us'
  const LID = '77@lid'
  const byLid = (wa_id: string, phone: string | null = null) => message({ wa_id, chat_id: LID, lid: LID, phone, sender: LID })
  const byPhone = (wa_id: string, lid: string | null = null) => message({ wa_id, lid })
  const heads = () => outbox.events.heads(10).map(({ body, lane }) => [body.kind === 'message' ? body.wa_id : body.kind, lane])
  /** Whatever may be delivered, one after the other, the head of the last lane first. */
  const drained = (): string[] => {
    const order: string[] = []
    for (let head = outbox.events.heads(10).at(-1); head !== undefined; head = outbox.events.heads(10).at(-1)) {
      if (head.body.kind === 'message') order.push(head.body.wa_id)
      outbox.events.delivered(head.seq)
    }
    return order
  }

  it('are one for a contact, under whichever name its chat is met', () => {
    append(byPhone('1', LID), byLid('2', PHONE), byPhone('3'), byLid('4'), message({ wa_id: '5', chat_id: '5511988887777@s.whatsapp.net' }))
    expect(heads()).toEqual([['1', PHONE]])
    expect(drained()).toEqual(['1', '2', '3', '4', '5'])
  })

  it('of a LID and of the phone that it is learnt to be become one: what waits under the LID goes first', () => {
    append(byLid('1'), byLid('2'))
    expect(heads()).toEqual([['1', LID]])
    append(byPhone('3', LID), byPhone('4'))
    expect(heads()).toEqual([['1', PHONE]])
    expect([outbox.events.lane(LID), outbox.events.lane(PHONE)]).toEqual([PHONE, PHONE])
    reopen()
    append(byLid('5'))
    expect(drained()).toEqual(['1', '2', '3', '4', '5'])
  })

  it('become one also by a message that is told again, once its phone is known', () => {
    append(byLid('1'))
    append(byLid('1', PHONE))
    append(byPhone('2'))
    expect(heads()).toEqual([['1', PHONE]])
    expect(drained()).toEqual(['1', '2'])
  })

  it('wait for their first, also when that has become so only now', () => {
    append(byLid('1'), byPhone('2'), byPhone('3'))
    outbox.events.postpone(1, now + 1_000)
    expect(heads()).toEqual([['2', PHONE]])
    append(byPhone('4', LID))
    outbox.events.delivered(2)
    expect(heads()).toEqual([])
    expect(outbox.events.next(PHONE)).toBeNull()
    now += 1_000
    expect(drained()).toEqual(['1', '3', '4'])
  })

  it('of groups and of strangers stay apart', () => {
    const group = message({ wa_id: '1', chat_id: '1203@g.us', phone: null, lid: LID, sender: LID })
    append(group, byLid('2', PHONE), message({ wa_id: '3', chat_id: '88@lid', lid: '88@lid', phone: null }))
    expect(heads()).toEqual([
      ['1', '1203@g.us'],
      ['2', PHONE],
      ['3', '88@lid'],
    ])
  })

  it('of an older version of the bot, one for each chat, are put together', () => {
    const older = [byLid('1'), byPhone('2'), message({ wa_id: '3', chat_id: '1203@g.us', phone: null }), byLid('4', PHONE), byLid('5')]
    append(...older)
    outbox.close()
    {
      using db = openDatabase(dir.path)
      db.exec(`update events set lane = body ->> 'chat_id'; drop table phones`)
    }
    outbox = createOutbox(openDatabase(dir.path), () => now)
    expect(heads()).toEqual([
      ['1', PHONE],
      ['3', '1203@g.us'],
    ])
    append(byPhone('6'))
    expect(drained()).toEqual(['3', '1', '2', '4', '5', '6'])
  })

  it('take what is replayed as they are by then', () => {
    append(byLid('1'), byLid('2'))
    outbox.events.setAside(1, 'HTTP 422')
    append(byPhone('3', LID))
    outbox.events.replay()
    expect(drained()).toEqual(['2', '3', '1'])
  })
})

describe('volume', () => {
  it('has a name for life, and remembers its grants', () => {
    const { id } = outbox.volume
    outbox.volume.noteGrant(3)
    reopen()
    expect(outbox.volume.id).toBe(id)
    expect(outbox.volume.epoch()).toBe(3)
  })

  it('knows whether an earlier volume may have sent something', () => {
    expect(outbox.volume.mayHavePredecessor()).toBe(false)
    outbox.volume.noteGrant(2)
    expect(outbox.volume.mayHavePredecessor()).toBe(true)
    outbox.volume.noteGrant(3)
    now += 3 * 86_400_000
    expect(outbox.volume.mayHavePredecessor()).toBe(false)
  })

  it('never had a predecessor when its first grant was the bot’s first', () => {
    outbox.volume.noteGrant(1)
    outbox.volume.noteGrant(2)
    expect(outbox.volume.mayHavePredecessor()).toBe(false)
  })

  const pair = (account: string): void => {
    outbox.volume.noteUnpaired()
    outbox.volume.noteScanned()
    outbox.volume.noteConnected(account)
  }
  it('catches up from the pairing on', () => {
    pair('5511900000001')
    expect(outbox.volume.floor()).toBe(1_790_000_000)
    now += 60_000
    outbox.volume.noteConnected('5511900000001')
    expect(outbox.volume.floor()).toBe(1_790_000_000)
  })

  it('goes on where it was when the same account is linked again', () => {
    pair('5511900000001')
    append(message({ timestamp: 1_790_000_001 }))
    now += 3_600_000
    pair('5511900000001')
    expect(outbox.volume.floor()).toBe(1_790_000_000)
    expect(outbox.volume.watermarks().size).toBe(1)
    expect(outbox.volume.pairing()).toBe(2)
  })

  it('begins anew when another account is linked', () => {
    pair('5511900000001')
    append(message())
    now += 3_600_000
    pair('5511900000002')
    expect(outbox.volume.floor()).toBe(1_790_003_600)
    expect(outbox.volume.watermarks().size).toBe(0)
  })

  it('remembers the time of the scan when it is killed before it is connected', () => {
    outbox.volume.noteUnpaired()
    outbox.volume.noteScanned()
    now += 30_000
    reopen()
    outbox.volume.noteConnected('5511900000001')
    expect(outbox.volume.floor()).toBe(1_790_000_000)
  })
})

describe('a card to send', () => {
  const send = { messageId: 'm1', waId: '3EB0AA', chatId: '5511988887777@c.us', aliasChatId: null, body: 'Loja', priority: 0, attempt: 1 }
  const card = { type: 'location' as const, latitude: 1.5, longitude: -2, name: 'Loja' }
  const quoted = { wa_id: '3EB0BB', chat_id: '5511988887777@c.us', from_me: true, sender: '5511988887777@c.us' }

  it('is on disk as it was told, with what it answers, also for another attempt', () => {
    outbox.sends.take({ ...send, file: null, card, quoted, local: false, settle: false, expiresAtMs: now + 60_000 })
    reopen()
    expect(outbox.sends.get('m1')).toMatchObject({ file: null, card, quoted })
    expect(outbox.sends.get('m1')?.card).toEqual(card)
    outbox.sends.finish('m1', 'failed', 'engine_error', null)
    outbox.sends.takeAgain({
      ...send,
      file: null,
      card: { ...card, name: 'Outra' },
      quoted: null,
      local: false,
      settle: true,
      expiresAtMs: now,
    })
    expect(outbox.sends.get('m1')).toMatchObject({ card: { name: 'Outra' }, quoted: null })
  })

  it('is to an older version of the bot a file that there is not: it has failed there, and is not sent as its words', () => {
    outbox.sends.take({ ...send, file: null, card, quoted: null, local: false, settle: false, expiresAtMs: now + 60_000 })
    outbox.close()
    const db = openDatabase(dir.path)
    const row = db.prepare('select file from sends').get()
    db.close()
    expect(JSON.parse(String(row?.['file']))).toEqual({ ...card, media_id: '00000000-0000-0000-0000-000000000000' })
    outbox = createOutbox(openDatabase(dir.path), () => now)
  })
})

describe('a message sent under an id of the caller’s', () => {
  const send = { messageId: 'm1', waId: '3EB0AA', chatId: '5511988887777@c.us', aliasChatId: null, body: 'oi', file: null, card: null }
  const more = { quoted: null, priority: 10, attempt: 1, local: true, settle: false, expiresAtMs: 0 }

  it('is told from another one of that id after its text is gone; taken by an older version of the bot, by its recipient alone', () => {
    outbox.sends.take({ ...send, ...more })
    outbox.sends.finish('m1', 'handed', null, null)
    outbox.sends.noteAcked('3EB0AA')
    reopen()
    expect(outbox.sends.get('m1')?.body).toBe('')
    const same = (other: { chatId?: string; body?: string; messageId?: string } = {}) => outbox.sends.isSame({ ...send, ...other })
    expect([same(), same({ messageId: 'm2', body: 'x' }), same({ body: 'tchau' }), same({ chatId: '1@lid' })]).toEqual([
      true,
      true,
      false,
      false,
    ])
    outbox.close()
    {
      using db = openDatabase(dir.path)
      db.exec('alter table sends drop column body_hash')
    }
    outbox = createOutbox(openDatabase(dir.path), () => now)
    expect([same(), same({ body: 'tchau' }), same({ chatId: '1@lid' })]).toEqual([true, true, false])
  })
})
