import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase } from './db.ts'
import type { Db } from './db.ts'
import { ensureServer } from './servers.ts'

let database: TestDatabase
let db: Db
let close: () => Promise<void>
beforeAll(async () => {
  database = await createTestDatabase()
  ;({ db, close } = createDatabase(database.url))
})
afterAll(async () => {
  await close()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await db.deleteFrom('servers').execute()
})

const all = async (): Promise<string[]> =>
  (await db.selectFrom('servers').selectAll().orderBy('created_at').execute()).map(
    ({ name, embedded, cordoned }) => `${name}${embedded ? ' embedded' : ''}${cordoned ? ' cordoned' : ''}`,
  )

describe('the server of the settings', () => {
  it('is made once, and is another when the driver is another', async () => {
    const local = await ensureServer(db, 'process')
    expect(await Promise.all([ensureServer(db, 'process'), ensureServer(db, 'process')])).toEqual([local, local])
    expect(await all()).toEqual(['local embedded'])
    const docker = await ensureServer(db, 'docker')
    expect(await all()).toEqual(['local cordoned', 'docker embedded'])
    expect(await ensureServer(db, 'process')).toBe(local)
    expect(await all()).toEqual(['local embedded', 'docker cordoned'])
    expect(await ensureServer(db, 'docker')).toBe(docker)
  })

  it('takes as many bots as its machine does, until a person says how many', async () => {
    const capacity = async (): Promise<number> => (await db.selectFrom('servers').select('capacity').executeTakeFirstOrThrow()).capacity
    await ensureServer(db, 'process')
    expect(await capacity()).toBe(1000)
    await db.updateTable('servers').set({ capacity: 7 }).execute()
    await ensureServer(db, 'process')
    expect(await capacity()).toBe(7)
  })

  it('stays cordoned when a person cordoned it, until the driver is another', async () => {
    await ensureServer(db, 'docker')
    await ensureServer(db, 'process')
    await db.updateTable('servers').set({ cordoned: true }).where('name', '=', 'local').execute()
    await ensureServer(db, 'process')
    expect(await all()).toEqual(['docker cordoned', 'local embedded cordoned'])
    await ensureServer(db, 'docker')
    expect(await all()).toEqual(['docker embedded', 'local cordoned'])
  })

  it('is what it was before there was a mark of it', async () => {
    await ensureServer(db, 'docker')
    const local = await ensureServer(db, 'process')
    await db.updateTable('servers').set({ embedded: true }).execute()
    expect(await ensureServer(db, 'process')).toBe(local)
    expect(await all()).toEqual(['docker cordoned', 'local embedded'])
  })

  it('may have another name, and finds its own taken', async () => {
    const id = await ensureServer(db, 'process')
    await db.updateTable('servers').set({ name: 'casa' }).where('id', '=', id).execute()
    expect(await ensureServer(db, 'process')).toBe(id)
    await db.insertInto('servers').values({ id: crypto.randomUUID(), name: 'docker', driver: 'docker', address: 'unix:///x' }).execute()
    await ensureServer(db, 'docker')
    expect(await all()).toEqual(['casa cordoned', 'docker', 'docker-2 embedded'])
    // An address makes one that was left an ordinary one.
    expect(await ensureServer(db, 'process')).toBe(id)
    await db.updateTable('servers').set({ address: 'unix:///y' }).where('name', '=', 'docker-2').execute()
    await ensureServer(db, 'docker')
    expect(await all()).toEqual(['casa cordoned', 'docker', 'docker-2 cordoned', 'docker-3 embedded'])
  })
})
