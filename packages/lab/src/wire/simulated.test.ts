import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Lab } from '../server.ts'
import { withLab } from '../with-lab.ts'
import type { Credentials, Down, Up } from './frames.ts'

const shop = '5511900000001'
const ana = '5511988887777'

type Of<T extends Down['type']> = Extract<Down, { type: T }>

/** A device that speaks the frames of the README and remembers what it got. */
class TestDevice implements AsyncDisposable {
  readonly frames: Down[] = []
  readonly #socket: WebSocket
  readonly #looks = new Set<() => void>()
  readonly #closed: Promise<void>

  constructor(lab: Lab, credentials: Credentials | null) {
    this.#socket = new WebSocket(lab.simulated)
    this.#socket.on('open', () => this.send({ type: 'hello', protocol: 1, credentials, name: 'Robô' }))
    this.#closed = new Promise((resolve) => this.#socket.on('close', () => resolve()))
    this.#socket.on('message', (data) => {
      this.frames.push(JSON.parse((data as Buffer).toString('utf8')) as Down)
      this.#looks.forEach((look) => look())
    })
  }

  send(frame: Up): void {
    this.#socket.send(JSON.stringify(frame))
  }

  get closed(): Promise<void> {
    return this.#closed
  }

  async got<T extends Down['type']>(type: T, fits: (frame: Of<T>) => boolean = () => true): Promise<Of<T>> {
    const find = (): Of<T> | undefined => this.frames.find((frame): frame is Of<T> => frame.type === type && fits(frame as Of<T>))
    const now = find()
    if (now) return now
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${type}; got ${this.frames.map((frame) => frame.type).join(', ')}`)), 5000)
      this.#looks.add(() => {
        const found = find()
        if (!found) return
        clearTimeout(timer)
        resolve(found)
      })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close()
    await this.#closed
  }
}

const pair = async (lab: Lab, device: TestDevice): Promise<Credentials> => {
  const { qr } = await device.got('ref')
  await lab.scenario.scan({ account: shop, qr })
  const { credentials } = await device.got('paired')
  await device.got('sync')
  return credentials
}

const withPeople = (body: (lab: Lab) => Promise<void>): Promise<void> =>
  withLab(async (lab) => {
    await lab.scenario.createAccount({ number: shop, name: 'Loja' })
    await lab.scenario.createContact({ phone: ana, name: 'Ana' })
    await body(lab)
  })

describe('a simulated device', () => {
  it('pairs, receives, sends once however often, and gets its acks', () =>
    withPeople(async (lab) => {
      await using device = new TestDevice(lab, null)
      await pair(lab, device)
      await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'oi' })
      expect((await device.got('message')).message).toMatchObject({
        chat: `${ana}@c.us`,
        body: 'oi',
        fromMe: false,
        phone: ana,
        name: 'Ana',
      })

      const message = { id: '3EB0AAAAAAAAAAAAAAAAAA', chat: `${ana}@c.us`, body: 'olá' }
      device.send({ type: 'send', message })
      await device.got('ack', (frame) => frame.ack === 2)
      device.send({ type: 'send', message })
      await expect.poll(async () => (await lab.scenario.state()).counters.duplicatesSent).toBe(1)
      const sent = (await lab.scenario.messages({ account: shop, contact: ana })).filter((one) => one.fromMe)
      expect(sent).toMatchObject([{ id: message.id, copies: 1, ack: 2 }])
      await lab.scenario.readByContact({ account: shop, contact: ana })
      await device.got('ack', (frame) => frame.ack === 3)
    }))

  it('has its messages stamped by WhatsApp’s clock, whatever its own says', () =>
    withPeople(async (lab) => {
      await using device = new TestDevice(lab, null)
      await pair(lab, device)
      const yesterday = Math.trunc(Date.now() / 1000) - 86_400
      device.send({ type: 'send', message: { id: '3EB0AAAAAAAAAAAAAAAAAA', chat: `${ana}@c.us`, body: 'olá', t: yesterday } })
      await device.got('ack', (frame) => frame.ack === 2)
      const [sent] = await lab.scenario.messages({ account: shop, contact: ana })
      expect(sent!.t).toBeGreaterThan(yesterday + 86_000)
    }))

  it('is seen twice by recipients who do not drop duplicates', () =>
    withPeople(async (lab) => {
      await lab.scenario.setSettings({ recipientsDropDuplicates: false })
      await using device = new TestDevice(lab, null)
      await pair(lab, device)
      const message = { id: '3EB0AAAAAAAAAAAAAAAAAA', chat: `${ana}@c.us`, body: 'olá' }
      device.send({ type: 'send', message })
      device.send({ type: 'send', message })
      await expect.poll(async () => (await lab.scenario.messages({ account: shop }))[0]?.copies).toBe(2)
    }))

  it('comes back with its credentials, is told what it missed, and asks for it', () =>
    withPeople(async (lab) => {
      const first = new TestDevice(lab, null)
      const credentials = await pair(lab, first)
      await first[Symbol.asyncDispose]()
      for (const body of ['um', 'dois', 'três']) await lab.scenario.sendFromContact({ account: shop, contact: ana, body })

      await using again = new TestDevice(lab, credentials)
      const { chats } = await again.got('sync')
      expect(chats).toMatchObject([{ id: `${ana}@c.us`, unread: 3, last: { body: 'três' } }])
      again.send({ type: 'history', request: 1, chat: `${ana}@c.us`, before: chats[0]?.last?.id, limit: 20 })
      const { value } = await again.got('result', (frame) => frame.request === 1)
      expect(value).toMatchObject([{ body: 'um' }, { body: 'dois' }])
      expect(again.frames.filter((frame) => frame.type === 'message')).toEqual([])
    }))

  it('has lost its history on a volume restored from an old snapshot', () =>
    withPeople(async (lab) => {
      const first = new TestDevice(lab, null)
      const credentials = await pair(lab, first)
      first.send({ type: 'send', message: { id: '3EB0AAAAAAAAAAAAAAAAAA', chat: `${ana}@c.us`, body: 'olá' } })
      await first.got('ack')
      await first[Symbol.asyncDispose]()
      await lab.scenario.forgetHistory({ account: shop })

      await using again = new TestDevice(lab, credentials)
      expect((await again.got('sync')).chats).toEqual([])
      again.send({ type: 'lookup', request: 1, chat: `${ana}@c.us`, id: '3EB0AAAAAAAAAAAAAAAAAA' })
      expect((await again.got('result')).value).toBeNull()
    }))

  it('is logged out by the phone, and not let in again', () =>
    withPeople(async (lab) => {
      await using device = new TestDevice(lab, null)
      const credentials = await pair(lab, device)
      await lab.scenario.unlink({ account: shop })
      expect(await device.got('logout')).toMatchObject({ reason: 'phone' })
      await device.closed
      await using again = new TestDevice(lab, credentials)
      expect(await again.got('logout')).toMatchObject({ reason: 'unknown_device' })
    }))

  it('gives way to a second connection, and takes the session back', () =>
    withPeople(async (lab) => {
      await using first = new TestDevice(lab, null)
      const credentials = await pair(lab, first)
      await using second = new TestDevice(lab, credentials)
      await second.got('sync')
      await first.got('conflict')
      await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'oi' })
      await second.got('message')
      expect(first.frames.some((frame) => frame.type === 'message')).toBe(false)
      first.send({ type: 'takeover' })
      await second.got('conflict')
      await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'e aí' })
      expect((await first.got('message')).message.body).toBe('e aí')
    }))

  it('that sends nonsense is cut off, and fails the test that it was in', async () => {
    const nonsense = withPeople(async (lab) => {
      await using device = new TestDevice(lab, null)
      await device.got('ref')
      device.send({ type: 'sing' } as unknown as Up)
      await device.closed
    })
    await expect(nonsense).rejects.toThrow(/did not understand/)
  })
})
