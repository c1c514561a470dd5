import { randomUUID } from 'node:crypto'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from '@zaptria/lab/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newWaId } from '../send/sender.ts'
import { tempDir, TENANT, TOKEN } from '../testing/bot.ts'
import { startLinkServer, type LinkServer } from '../testing/link-server.ts'

let server: LinkServer
let dir: Awaited<ReturnType<typeof tempDir>>
let child: ChildProcess | null = null
beforeEach(async () => {
  server = await startLinkServer()
  dir = await tempDir()
})
afterEach(async () => {
  await kill()
  await server.stop()
  await dir[Symbol.asyncDispose]()
  expect(server.state.faults).toEqual([])
})

const start = (dieAt = ''): ChildProcess => {
  child = spawn(process.execPath, [new URL('../testing/bot-process.ts', import.meta.url).pathname], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      BOT_TOKEN: TOKEN,
      TENANT_ID: TENANT,
      PORT: '0',
      NODE_ENV: 'test',
      ZAPTRIA_DATA_DIR: join(dir.path, 'volume'),
      ZAPTRIA_LINK_URL: server.url,
      ZAPTRIA_PACING: '{"enabled":false}',
      LOG_LEVEL: 'warn',
      FAKE_DIR: dir.path,
      FAKE_DIE: dieAt,
    },
  })
  return child
}
const died = async (): Promise<void> => {
  if (child !== null && child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
const kill = async (): Promise<void> => {
  child?.kill('SIGKILL')
  await died()
}
const until = (what: string, look: () => unknown) => waitFor(look, { what, timeoutMs: 20_000 })
const linkedTimes = (n: number) =>
  until(`${n} times connected`, () => server.states().filter((state) => state === 'connected/ready').length >= n)
let counter = 0
const say = (body: string): void =>
  appendFileSync(
    join(dir.path, 'history'),
    `${JSON.stringify({
      waId: `IN${(counter += 1)}`,
      chatId: '5511988887777@c.us',
      fromMe: false,
      sender: '5511988887777@c.us',
      phone: '5511988887777@c.us',
      lid: null,
      body,
      timestamp: Math.floor(Date.now() / 1000),
      type: 'chat',
    })}\n`,
  )
const sent = (): string[] =>
  existsSync(join(dir.path, 'sent')) ? readFileSync(join(dir.path, 'sent'), 'utf8').split('\n').filter(Boolean) : []

describe('a bot that is killed', () => {
  it('loses and doubles nothing, wherever the kill strikes while messages flow', { timeout: 120_000 }, async () => {
    start()
    await linkedTimes(1)
    const wanted: string[] = []
    for (let round = 0; round < 8; round += 1) {
      for (let n = 0; n < 15; n += 1) {
        wanted.push(`r${round}n${n}`)
        say(wanted.at(-1) ?? '')
      }
      // Sometimes before the first of them was heard, sometimes after the last was delivered.
      const heard = server.messages().length
      await until('some of them', () => server.messages().length >= heard + round * 2)
      // A control plane that did not get to acknowledge is part of it.
      if (round % 2 === 1) server.state.acks = false
      await kill()
      server.state.acks = true
      start()
      await linkedTimes(round + 2)
    }
    await until('all of them', () => server.messages().length >= wanted.length)
    expect(server.messages()).toEqual(wanted)
  })

  it.each(['after_emit', 'while_catching_up'])(
    'catches up with what it did not get to write down (%s)',
    { timeout: 60_000 },
    async (where) => {
      start()
      await linkedTimes(1)
      say('1')
      await until('the first', () => server.messages().length === 1)
      await kill()
      if (where === 'while_catching_up') say('2')
      start(where)
      if (where === 'after_emit') {
        await linkedTimes(2)
        say('2')
      }
      say('3')
      await died()
      start()
      await until('all', () => server.messages().length === 3)
      expect(server.messages()).toEqual(['1', '2', '3'])
    },
  )

  it.each(['before_send', 'after_send'])('sends a message once though it is killed %s', { timeout: 60_000 }, async (where) => {
    const command = {
      kind: 'send' as const,
      message_id: randomUUID(),
      wa_id: newWaId(),
      chat_id: '5511988887777@c.us',
      alias_chat_id: null,
      message: { type: 'text' as const, body: 'olá' },
      expires_in_ms: 60_000,
      attempt: 1,
      priority: 0,
    }
    start(where)
    await linkedTimes(1)
    void server.command(command)
    await died()
    expect(sent()).toHaveLength(where === 'after_send' ? 1 : 0)
    start()
    // By itself: it is written down that it was tried.
    await until('the result', () => server.results(command.message_id).includes('handed'))
    expect(sent()).toEqual([command.wa_id])
    await server.command({ ...command, attempt: 2 })
    await until('the result again', () => server.results(command.message_id).length >= 2)
    expect(sent()).toEqual([command.wa_id])
  })
})
