import { randomUUID } from 'node:crypto'
import type { BotCommand } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import { afterEach, beforeEach, expect } from 'vitest'
import { startTestBot, tempDir } from '../testing/bot.ts'
import { createFakeWhatsApp, type FakeWhatsApp } from '../testing/fake-whatsapp.ts'
import { startLinkServer, type LinkServer } from '../testing/link-server.ts'
import { newWaId } from './sender.ts'

// Test helpers of this folder; nothing of the product imports them.

export type Send = Extract<BotCommand, { kind: 'send' }>

export const send = (more: Partial<Send> = {}): Send => ({
  kind: 'send',
  message_id: randomUUID(),
  wa_id: newWaId(),
  chat_id: '5511988887777@c.us',
  alias_chat_id: null,
  message: { type: 'text', body: 'olá' },
  expires_in_ms: 60_000,
  attempt: 1,
  priority: 0,
  ...more,
})
export const until = (what: string, look: () => unknown) => waitFor(look, { what, timeoutMs: 10_000 })

/** A control plane, a WhatsApp and a volume for each test of one file, and a bot between them. */
export const sendScene = () => {
  let server: LinkServer
  let whatsapp: FakeWhatsApp
  let dir: Awaited<ReturnType<typeof tempDir>>
  beforeEach(async () => {
    server = await startLinkServer()
    whatsapp = createFakeWhatsApp()
    dir = await tempDir()
  })
  afterEach(async () => {
    await server.stop()
    await dir[Symbol.asyncDispose]()
    expect(server.state.faults).toEqual([])
  })

  const start = (more: Partial<Parameters<typeof startTestBot>[0]> = {}) =>
    startTestBot({
      dir: dir.path,
      engine: whatsapp.factory,
      environment: { ZAPTRIA_LINK_URL: server.url },
      senderTimings: { retryMs: 30, settleMs: 300 },
      ...more,
    })
  const isConnected = () => until('connected', () => server.up() && server.states().at(-1) === 'connected/ready')
  const connected = async () => {
    await until('a QR', () => server.of('qr').length > 0)
    whatsapp.engine().scan()
    await isConnected()
  }
  const result = (command: Send) => until(`the result of ${command.wa_id}`, () => server.results(command.message_id).at(-1))
  const sends = (command: Send): number => whatsapp.world.calls.filter((call) => call === `send ${command.wa_id}`).length
  const acks = (command: Send): number[] => server.of('ack').flatMap(({ body }) => (body.wa_id === command.wa_id ? [body.ack] : []))

  return { now: () => ({ server, whatsapp, dir }), start, isConnected, connected, result, sends, acks }
}
