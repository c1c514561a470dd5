import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BotEvent, DownFrame } from '@zaptria/contract'
import { LINK_PATH } from '@zaptria/contract'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { WebSocket } from 'ws'
import { createIngestQueue } from '../ingest/queue.ts'
import type { IngestQueue } from '../ingest/queue.ts'
import { createMetrics } from '../metrics.ts'
import { fixture } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { createHandout } from './handout.ts'
import { attachLink } from './index.ts'

// Test helpers of this folder; nothing of the product imports them.

type Options = { hints?: Fixture['hints']; maxStarting?: number; db?: Fixture['db']; ingest?: IngestQueue }
type Tenant = Awaited<ReturnType<Fixture['makeTenant']>>

export const connected = { kind: 'state', state: 'connected', reason: 'ready', number: '5511900000001' } as const

/** Replicas on a database of their own, and bots that dial them, for the tests of one file. */
export function linkScene() {
  let database: TestDatabase
  let f: Fixture
  const cleanups: (() => Promise<void> | void)[] = []

  beforeAll(async () => {
    database = await createTestDatabase()
    f = await fixture(database.url)
    await f.hints.start()
  })
  afterEach(async () => {
    for (const clean of cleanups.splice(0).toReversed()) await clean()
  })
  afterAll(async () => {
    await f.close()
    await database[Symbol.asyncDispose]()
  })

  const replica = async ({ hints = f.hints, maxStarting = 4, db = f.db, ingest: queue = createIngestQueue(f) }: Options = {}) => {
    const server = createServer()
    const metrics = createMetrics()
    const links = attachLink([server], {
      db,
      hints,
      log: pino({ level: 'silent' }),
      metrics,
      replicaId: randomUUID(),
      handout: createHandout(db),
      maxStarting,
      ingest: queue,
      mediaLimits: { document: 64, other: 16 },
      secrets: f.secrets,
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    cleanups.push(async () => {
      await links.close()
      await new Promise((done) => server.close(done))
    })
    return { links, metrics, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}${LINK_PATH}` }
  }

  /** A bot's side of the link, as plain frames. */
  const dial = (
    url: string,
    t: Tenant,
    options: {
      token?: string
      volumeId?: string
      bootId?: string
      protocol?: number
      hello?: boolean
      place?: number
      sessionOpen?: boolean
    } = {},
  ) => {
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${options.token ?? t.token}`, 'x-tenant-id': t.tenantId } })
    const heard: DownFrame[] = []
    let closed: { code: number } | undefined
    const volume_id = options.volumeId ?? t.volumeId
    const send = (frame: object) => socket.send(JSON.stringify(frame))
    socket.on('open', () => {
      if (options.hello === false) return
      send({
        type: 'hello',
        protocol: options.protocol ?? 1,
        bot_version: '0.0.0',
        engine: 'simulated',
        volume_id,
        boot_id: options.bootId ?? randomUUID(),
        epoch: 0,
        session_open: options.sessionOpen ?? false,
        ...(options.place === undefined ? {} : { place: options.place }),
        state: 'starting',
        reason: 'boot',
      })
    })
    socket.on('message', (data: Buffer) => heard.push(JSON.parse(data.toString()) as DownFrame))
    socket.on('close', (code) => (closed = { code }))
    socket.on('error', () => {})
    cleanups.push(() => socket.terminate())
    const of = <T extends DownFrame['type']>(type: T) => heard.filter((frame) => frame.type === type) as Extract<DownFrame, { type: T }>[]
    return {
      socket,
      heard,
      of,
      send,
      sends: () => of('command').flatMap(({ command }) => (command.kind === 'send' ? [command] : [])),
      events: (...events: BotEvent[]) => send({ type: 'events', events }),
      next: <T extends DownFrame['type']>(type: T, nth = 0) => waitFor(() => of(type)[nth], { what: `frame ${type} number ${nth}` }),
      closed: () => waitFor(() => closed, { what: 'the link to be closed' }),
      async grant(sessionOpen = false) {
        const before = of('grant').length
        send({ type: 'grant_request', volume_id, session_open: sessionOpen })
        return waitFor(() => of('grant')[before], { what: 'a grant' })
      },
    }
  }

  const botRow = (t: Tenant) => f.db.selectFrom('bots').selectAll().where('id', '=', t.bot.id).executeTakeFirstOrThrow()
  const messages = (t: Tenant) => f.db.selectFrom('messages').selectAll().where('bot_id', '=', t.bot.id).orderBy('seq').execute()

  return { fixture: () => f, replica, dial, botRow, messages }
}
