import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMetrics } from '../metrics.ts'
import { LIMITS } from '../orchestrator/limits.ts'
import { createProcessDriver } from '../orchestrator/process/index.ts'
import { fixture } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { uuidv7 } from '../uuid.ts'
import { startReconcile } from './index.ts'
import { theseServers } from './servers.ts'

let database: TestDatabase
let f: Fixture
beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
  await f.hints.start()
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
})

describe('a server whose platform hangs', () => {
  it('delays the bots of no other', async () => {
    await using stack = new AsyncDisposableStack()
    const dataDir = await mkdtemp(path.join(tmpdir(), 'zaptria-servers-'))
    stack.defer(() => rm(dataDir, { recursive: true }))
    const script = path.join(dataDir, 'bot.mjs')
    await writeFile(script, 'process.stdin.resume().on("end", () => process.exit(0))')
    const driver = createProcessDriver({ dataDir, command: process.execPath, args: [script] })
    stack.defer(() => driver.close())
    const hanging = Promise.withResolvers<never>()
    hanging.promise.catch(() => {})
    let asked = 0
    const hang = (): Promise<never> => {
      asked += 1
      return hanging.promise
    }
    const hangs = { ...driver, inspect: hang, list: hang }
    const well = await f.db
      .insertInto('servers')
      .values({ id: uuidv7(), name: 'well', driver: 'process' })
      .returning('id')
      .executeTakeFirstOrThrow()
    const stuck = await Promise.all(Array.from({ length: 40 }, () => f.makeTenant()))
    const reconcile = await startReconcile({
      db: f.db,
      hints: f.hints,
      log: pino({ level: 'silent' }),
      metrics: createMetrics(),
      maxStarting: 16,
      servers: theseServers([
        { id: f.serverId, driver: hangs, mayAct: () => true },
        { id: well.id, driver, mayAct: () => true },
      ]),
      specOf: (bot) =>
        Promise.resolve({
          name: bot.container_name,
          labels: { tenant: bot.tenant_id, bot: bot.id },
          volume: bot.container_name,
          generation: bot.generation,
          expose: 'none',
          limits: LIMITS,
          env: {},
        }),
    })
    stack.defer(() => reconcile.close())
    stack.defer(() => hanging.reject(new Error('no answer')))
    // Its orphans, and as many bots as it has places for.
    await waitFor(() => asked >= 17, { what: 'the server to hang with all its places taken' })
    const { bot } = await f.makeTenant()
    await f.db
      .updateTable('bots')
      .set({ server_id: well.id, due_at: new Date(0) })
      .where('id', '=', bot.id)
      .execute()
    const state = (id: string) => f.db.selectFrom('bots').select('instance_state').where('id', '=', id).executeTakeFirstOrThrow()
    await waitFor(async () => (await state(bot.id)).instance_state === 'running', { what: 'the other server’s bot to run' })
    // All places of the one that hangs are still taken.
    expect((await Promise.all(stuck.map((each) => state(each.bot.id)))).map((row) => row.instance_state)).not.toContain('running')
  })
})
