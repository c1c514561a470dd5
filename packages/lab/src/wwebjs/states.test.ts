import { describe, expect, it } from 'vitest'
import type { Client } from 'whatsapp-web.js'
import type { Message } from 'whatsapp-web.js'
import type { Lab } from '../server.ts'
import { withLab } from '../with-lab.ts'
import { ana, pair, populate, shop, withClient, withProfile } from './client.ts'
import type { Started } from './client.ts'

const withUnpaired = (
  body: (lab: Lab, started: Started) => Promise<void>,
  prepare: (lab: Lab) => Promise<unknown> = async () => {},
): Promise<void> =>
  withLab(async (lab) => {
    await populate(lab)
    await prepare(lab)
    await withProfile((profile) => withClient(lab, profile, (started) => body(lab, started)))
  })

const withPaired = (body: (lab: Lab, started: Started) => Promise<void>): Promise<void> =>
  withUnpaired(async (lab, started) => {
    await pair(lab, started)
    await body(lab, started)
  })

const state = (client: Client): Promise<unknown> =>
  client.pupPage?.evaluate("window.require('WAWebSocketModel').Socket.state") ?? Promise.resolve(null)
const screen = (client: Client): Promise<unknown> =>
  client.pupPage?.evaluate("document.getElementById('app').dataset.screen") ?? Promise.resolve(null)

describe('linking', () => {
  it('works by a pairing code', () =>
    withUnpaired(async (lab, { client, recorder }) => {
      const code = await client.requestPairingCode(shop)
      expect(code).toMatch(/^[1-9A-Z]{8}$/)
      await expect(lab.scenario.enterPairingCode({ account: shop, code: 'ABCDEFGH' })).rejects.toThrow(/no device waits/)
      await lab.scenario.enterPairingCode({ account: shop, code })
      await recorder.wait('ready')
    }))

  it('takes only the newest QR', () =>
    withUnpaired(async (lab, { recorder }) => {
      const first = await recorder.wait<string>('qr')
      await lab.scenario.expireQrs()
      const second = await recorder.wait<string>('qr', (qr) => qr !== first)
      await expect(lab.scenario.scan({ account: shop, qr: first })).rejects.toThrow(/no longer/)
      await lab.scenario.scan({ account: shop, qr: second })
      await recorder.wait('ready')
    }))

  it('refuses a QR with foreign keys, and a banned number', () =>
    withUnpaired(async (lab, { recorder }) => {
      const qr = await recorder.wait<string>('qr')
      const [ref, ...keys] = qr.split(',')
      await expect(lab.scenario.scan({ account: shop, qr: [ref, ...keys.toReversed()].join(',') })).rejects.toThrow(/keys/)
      await lab.scenario.ban({ account: shop })
      await expect(lab.scenario.scan({ account: shop, qr })).rejects.toThrow(/banned/)
    }))

  it('goes idle after the last code, and comes back with a new one', () =>
    withUnpaired(
      async (lab, { client, recorder }) => {
        await expect.poll(() => state(client), { timeout: 10_000 }).toBe('UNPAIRED_IDLE')
        const seen = recorder.named('qr').length
        await lab.scenario.setSettings({ qrTtlMs: 20_000 })
        await client.pupPage?.evaluate("window.require('WAWebCmd').Cmd.refreshQR()")
        await expect.poll(() => state(client)).toBe('UNPAIRED')
        await expect.poll(() => recorder.named('qr').length).toBeGreaterThan(seen)
      },
      (lab) => lab.scenario.setSettings({ qrTtlMs: 300, qrRotations: 2 }),
    ))

  it('stalls when the account demands a passkey, until one is given', () =>
    withUnpaired(
      async (lab, { client, recorder }) => {
        await lab.scenario.scan({ account: shop, qr: await recorder.wait<string>('qr') })
        await expect.poll(() => screen(client)).toBe('passkey')
        expect((await lab.scenario.state()).waiting).toMatchObject({ qrs: [], passkeys: [shop] })
        expect(recorder.named('ready')).toHaveLength(0)
        await lab.scenario.confirmPasskey({ account: shop })
        await recorder.wait('ready')
      },
      (lab) => lab.scenario.updateAccount({ number: shop, passkey: true }),
    ))

  it('can show a QR of nothing', () =>
    withUnpaired(
      async (lab, { recorder }) => {
        const good = await recorder.wait<string>('qr', (qr) => !qr.startsWith('undefined'))
        await lab.scenario.scan({ account: shop, qr: good })
        await recorder.wait<string>('qr', (qr) => qr.startsWith('undefined,'))
        await recorder.wait('ready')
      },
      (lab) => lab.scenario.setFaults({ spuriousQr: true }),
    ))

  it('can be ready twice', () =>
    withUnpaired(
      async (lab, started) => {
        await pair(lab, started)
        await expect.poll(() => started.recorder.named('ready').length).toBe(2)
        expect(started.recorder.named('authenticated')).toHaveLength(2)
      },
      (lab) => lab.scenario.setFaults({ doubleReady: true }),
    ))
})

describe('a connected session', () => {
  it('is taken over by another browser, and taken back', () =>
    withPaired(async (lab, { client, recorder }) => {
      // The library closes its browser at a state that it does not accept.
      ;(client as Client & { options: { takeoverOnConflict: boolean } }).options.takeoverOnConflict = true
      await lab.scenario.conflict({ account: shop })
      await recorder.wait<string>('change_state', (value) => value === 'CONFLICT')
      await recorder.wait<string>('change_state', (value) => value === 'CONNECTED')
      await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'ainda aí?' })
      await recorder.wait('message')
    }))

  it('ends in CONFLICT for a client that does not take it back', () =>
    withPaired(async (lab, { recorder }) => {
      await lab.scenario.conflict({ account: shop })
      expect(await recorder.wait<string>('disconnected')).toBe('CONFLICT')
    }))

  it('is blocked with its account', () =>
    withPaired(async (lab, { recorder }) => {
      await lab.scenario.ban({ account: shop })
      expect(await recorder.wait<string>('disconnected')).toBe('TOS_BLOCK')
    }))

  it('loses its link with a ban that logs it out', () =>
    withPaired(async (lab, { recorder }) => {
      await lab.scenario.ban({ account: shop, how: 'logout' })
      expect(await recorder.wait<string>('disconnected')).toBe('LOGOUT')
    }))

  it('comes back when the network does, with what was missed', () =>
    withPaired(async (lab, { client, recorder }) => {
      await lab.scenario.dropNetwork({ account: shop })
      await recorder.wait<string>('change_state', (value) => value === 'TIMEOUT')
      await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'cadê?' })
      await lab.scenario.restoreNetwork({ account: shop })
      await recorder.wait<Message>('message', (message) => message.body === 'cadê?')
      expect(await state(client)).toBe('CONNECTED')
    }))

  it('hears, when it is back, how far its messages came meanwhile', () =>
    withPaired(async (lab, { client, recorder }) => {
      const first = await client.sendMessage(`${ana}@c.us`, 'um')
      const second = await client.sendMessage(`${ana}@c.us`, 'dois')
      for (const { id } of [first, second]) await lab.scenario.waitForAck({ account: shop, id: id.id, ack: 2 })
      await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'oi' })
      await recorder.wait<Message>('message', (message) => message.body === 'oi')
      await lab.scenario.dropNetwork({ account: shop })
      await recorder.wait<string>('change_state', (value) => value === 'TIMEOUT')
      await lab.scenario.readByContact({ account: shop, contact: ana })
      await lab.scenario.restoreNetwork({ account: shop })
      for (const { id } of [first, second])
        await expect.poll(async () => (await client.getMessageById(id._serialized))?.ack, { message: id._serialized }).toBe(3)
    }))

  it('comes back in silence', () =>
    withPaired(async (lab, { client, recorder }) => {
      await lab.scenario.setFaults({ silentReconnect: true })
      await lab.scenario.dropNetwork({ account: shop })
      await lab.scenario.waitForDevice({ account: shop, connected: false })
      await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'cadê?' })
      await lab.scenario.restoreNetwork({ account: shop })
      await lab.scenario.waitForDevice({ account: shop })
      await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'alô' })
      await recorder.wait<Message>('message', (message) => message.body === 'alô')
      expect(recorder.named('message')).toHaveLength(1)
      const messages = await (await client.getChatById(`${ana}@c.us`)).fetchMessages({ limit: 10 })
      expect(messages.map((message) => message.body)).toEqual(['cadê?', 'alô'])
    }))

  it('waits for acks that are held, and sees a refusal', () =>
    withPaired(async (lab, { client, recorder }) => {
      await lab.scenario.setFaults({ holdAcks: true })
      const sent = await client.sendMessage(`${ana}@c.us`, 'um')
      await lab.scenario.waitForMessage({ account: shop, contact: ana, body: 'um', ack: 2 })
      expect((await client.getMessageById(sent.id._serialized)).ack).toBe(0)
      await lab.scenario.setFaults({ holdAcks: false })
      await recorder.wait<unknown>('message_ack', (_message, ack) => ack === 2)

      await lab.scenario.setFaults({ rejectSends: true })
      await client.sendMessage(`${ana}@c.us`, 'dois')
      await recorder.wait<unknown>('message_ack', (_message, ack) => ack === -1)
      expect(await lab.scenario.messages({ account: shop })).toHaveLength(1)
    }))

  it('stalls both ways, and goes on', () =>
    withPaired(async (lab, { client, recorder }) => {
      await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'oi' })
      await recorder.wait('message')
      await lab.scenario.setFaults({ stall: true })
      const sent = await client.sendMessage(`${ana}@c.us`, 'um', { sendSeen: false })
      await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'dois' })
      expect((await client.getMessageById(sent.id._serialized)).ack).toBe(0)
      await lab.scenario.setFaults({ stall: false })
      await recorder.wait<Message>('message', (message) => message.body === 'dois')
      await lab.scenario.waitForMessage({ account: shop, contact: ana, body: 'um', ack: 2 })
    }))

  it('gets messages twice and out of order', () =>
    withPaired(async (lab, { recorder }) => {
      await lab.scenario.setFaults({ reorder: 3, duplicates: 1 })
      for (const body of ['um', 'dois', 'três']) await lab.scenario.sendFromContact({ account: shop, contact: ana, body })
      await expect.poll(() => recorder.named('message').length).toBe(6)
      expect(recorder.named('message').map(([message]) => (message as Message).body)).toEqual(['três', 'três', 'dois', 'dois', 'um', 'um'])
    }))
})
