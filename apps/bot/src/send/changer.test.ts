import { randomUUID } from 'node:crypto'
import type { ChangeCommand } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestBot, tempDir } from '../testing/bot.ts'
import { createFakeWhatsApp, type FakeWhatsApp } from '../testing/fake-whatsapp.ts'
import { startLinkServer, type LinkServer } from '../testing/link-server.ts'

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

const ANA = '5511988887777@c.us'
const start = () => startTestBot({ dir: dir.path, engine: whatsapp.factory, environment: { ZAPTRIA_LINK_URL: server.url } })
const until = (what: string, look: () => unknown) => waitFor(look, { what, timeoutMs: 10_000 })
const isConnected = () => until('connected', () => server.up() && server.states().at(-1) === 'connected/ready')
const connected = async () => {
  await until('a QR', () => server.of('qr').length > 0)
  whatsapp.engine().scan()
  await isConnected()
}
const about = (wa_id: string, expires_in_ms = 60_000) => ({
  change_id: randomUUID(),
  target: { wa_id, chat_id: ANA, from_me: true, sender: '5511900000001@c.us' },
  alias_chat_id: null,
  expires_in_ms,
})
const edit = (wa_id: string, body: string): ChangeCommand => ({ kind: 'edit', ...about(wa_id), body })
const results = ({ change_id }: ChangeCommand) =>
  server.of('change_result').flatMap(({ body }) => (body.change_id === change_id ? [body] : []))
const result = (command: ChangeCommand) => until('its result', () => results(command).at(-1))

describe('changing messages', () => {
  it('does what it is told, and says so; told again, says it again and does nothing', async () => {
    await using _bot = await start()
    await connected()
    const commands: ChangeCommand[] = [{ kind: 'react', ...about('A'), emoji: '👍' }, edit('B', 'olá'), { kind: 'revoke', ...about('C') }]
    for (const command of commands) expect(await server.command(command, command.change_id)).toMatchObject({ ok: true })
    for (const command of commands) await result(command)
    expect(whatsapp.world.changed).toMatchObject([
      { kind: 'react', target: { waId: 'A', chatId: ANA, fromMe: true }, emoji: '👍' },
      { kind: 'edit', target: { waId: 'B' }, body: 'olá' },
      { kind: 'revoke', target: { waId: 'C' } },
    ])
    const [first] = commands
    await server.command(first!, first!.change_id)
    await until('the result again', () => results(first!).length === 2)
    expect(whatsapp.world.changed).toHaveLength(3)
  })

  it('keeps the order of one message, and holds no other up', async () => {
    await using _bot = await start()
    await connected()
    let failures = 2
    whatsapp.world.beforeChange = async ({ target }) => {
      if (target.waId === 'A' && failures-- > 0) throw new Error('the page does not answer')
      return Promise.resolve(null)
    }
    const [first, second, other] = [edit('A', 'um'), edit('A', 'dois'), edit('B', 'outra')]
    for (const command of [first, second, other]) await server.command(command, command.change_id)
    for (const command of [first, second, other]) await result(command)
    expect(whatsapp.world.changed.map((one) => (one.kind === 'edit' ? one.body : ''))).toEqual(['outra', 'um', 'dois'])
  })

  it('goes on after a restart with what was on disk, and waits for the session', async () => {
    const command = edit('A', 'depois')
    {
      await using _bot = await start()
      await connected()
      whatsapp.world.beforeChange = () => Promise.reject(new Error('the page is gone'))
      await server.command(command, command.change_id)
      await until('a try', () => whatsapp.world.calls.includes('change edit A'))
    }
    whatsapp.world.beforeChange = null
    await using _again = await start()
    expect(await result(command)).toMatchObject({ outcome: 'done' })
    expect(whatsapp.world.changed).toHaveLength(1)
  })

  it('says what WhatsApp refuses, and does nothing when its time is up', async () => {
    await using _bot = await start()
    await connected()
    whatsapp.world.beforeChange = () => Promise.resolve({ outcome: 'rejected', reason: 'rejected_by_whatsapp', detail: 'too old' })
    const refused = edit('A', 'tarde')
    await server.command(refused, refused.change_id)
    expect(await result(refused)).toMatchObject({ outcome: 'failed', reason: 'rejected_by_whatsapp', detail: 'too old' })
    whatsapp.world.beforeChange = () => Promise.reject(new Error('the page does not answer'))
    const late: ChangeCommand = { kind: 'revoke', ...about('B', 100) }
    await server.command(late, late.change_id)
    expect(await result(late)).toMatchObject({ outcome: 'failed', reason: 'expired' })
  })

  it('tells what others do to messages', async () => {
    await using _bot = await start()
    await connected()
    const target = { waId: 'IN1', chatId: ANA, fromMe: false, sender: ANA }
    const shared = { target, aliasChatId: '99887766@lid', fromMe: false, sender: ANA, timestampMs: 1_700_000_000_123 }
    whatsapp.engine().emit({ kind: 'change', change: { kind: 'reaction', ...shared, emoji: '👍' } })
    whatsapp.engine().emit({ kind: 'change', change: { kind: 'edit', ...shared, body: 'nova' } })
    whatsapp.engine().emit({ kind: 'change', change: { kind: 'revoke', ...shared } })
    await until('all of them', () => server.of('revoke').length > 0)
    const told = {
      target: { wa_id: 'IN1', chat_id: ANA, from_me: false, sender: ANA },
      alias_chat_id: '99887766@lid',
      from_me: false,
      timestamp_ms: 1_700_000_000_123,
    }
    expect(server.of('reaction')[0]?.body).toMatchObject({ ...told, emoji: '👍' })
    expect(server.of('edit')[0]?.body).toMatchObject({ ...told, body: 'nova' })
    expect(server.of('revoke')[0]?.body).toMatchObject(told)
  })
})
