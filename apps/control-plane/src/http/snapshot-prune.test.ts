import { readdirSync } from 'node:fs'
import path from 'node:path'
import type { PrunedSnapshots } from '@zaptria/contract'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { snapshotToRestore } from '../store/snapshots.ts'
import { makeStoredSnapshot } from '../testing/snapshots.ts'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

let database: TestDatabase
let http: TestHttp
beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url)
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

type Bot = { id: string; tenantId: string }
const make = async (): Promise<Bot> => {
  const { id: tenantId } = (await http.call('POST', '/api/v1/tenants', { name: 'Padaria', subscription: 'paid' })).body as { id: string }
  const { id } = await http.db.selectFrom('bots').select('id').where('tenant_id', '=', tenantId).executeTakeFirstOrThrow()
  return { id, tenantId }
}
/** Asked for so many days ago, with bytes of its own in the vault. */
const taken = async (bot: Bot, days: number, more: object = {}): Promise<string> => {
  const id = await makeStoredSnapshot(http.db, bot, http.vault, Buffer.from(`${days} ${JSON.stringify(more)}`))
  await http.db
    .updateTable('snapshots')
    .set({ asked_at: new Date(Date.now() - days * 24 * 3600_000), ...more })
    .where('id', '=', id)
    .execute()
  return id
}
const prune = async (body: object): Promise<PrunedSnapshots> => {
  const answer = await http.call('POST', '/api/v1/snapshots/prune', body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body as PrunedSnapshots
}
const pruned = async (body: object): Promise<string[]> => (await prune(body)).snapshots.map(({ id }) => id)
const left = async (bot: Bot): Promise<string[]> =>
  (await http.db.selectFrom('snapshots').select('id').where('bot_id', '=', bot.id).orderBy('asked_at', 'desc').execute()).map(
    ({ id }) => id,
  )
const filesOf = ({ tenantId }: Bot): number =>
  readdirSync(path.join(http.mediaDir, 'vault'), { recursive: true, withFileTypes: true }).filter(
    (one) => one.isFile() && one.parentPath.includes(tenantId),
  ).length
const wordsOf = async (action: string): Promise<unknown[]> =>
  (await http.db.selectFrom('audit').select('detail').where('action', '=', action).orderBy('id', 'desc').execute()).map(
    ({ detail }) => detail,
  )

describe('the vault, pruned by hand', () => {
  it('lets go of what the retention would let go of, and says beforehand what, without doing anything', async () => {
    const bot = await make()
    const ids = [await taken(bot, 0), await taken(bot, 1), await taken(bot, 2), await taken(bot, 300)]
    const failed = await taken(bot, 9, { state: 'failed', failure: 'x' })
    const words = (await wordsOf('snapshot.prune')).length
    const first = await prune({ tenant: bot.tenantId, dry_run: true })
    expect(first).toMatchObject({
      dry_run: true,
      snapshots: [{ id: failed, tenant_id: bot.tenantId, tenant_name: 'Padaria', why: 'useless' }],
    })
    expect(await left(bot)).toHaveLength(5)
    expect(await wordsOf('snapshot.prune')).toHaveLength(words)
    // Of the month of the oldest it is the last one: three months are kept.
    const bytes = filesOf(bot)
    expect(await prune({ tenant: bot.tenantId })).toEqual({ ...first, dry_run: false })
    expect(await left(bot)).toEqual(ids)
    expect(filesOf(bot)).toBe(bytes - 1)
    expect(await wordsOf('snapshot.prune')).toHaveLength(words + 1)
    expect((await wordsOf('snapshot.prune'))[0]).toMatchObject({ snapshots: [failed] })
  })

  it('keeps each bot’s newest when told how many, and those of other tenants', async () => {
    const [bot, other] = [await make(), await make()]
    const ids = [await taken(bot, 0), await taken(bot, 1), await taken(bot, 2)]
    for (const days of [0, 1, 2]) await taken(other, days)
    expect(await pruned({ tenant: bot.tenantId, keep_last: 3 })).toEqual([])
    expect(await pruned({ tenant: bot.tenantId, keep_last: 2 })).toEqual([ids[2]])
    expect(await pruned({ tenant: bot.tenantId, keep_last: 1 })).toEqual([ids[1]])
    expect(await left(bot)).toEqual([ids[0]])
    expect(filesOf(bot)).toBe(1)
    expect(await left(other)).toHaveLength(3)
    // Of all tenants.
    expect(await pruned({ keep_last: 1 })).toHaveLength(2 + 3)
    expect(await left(other)).toHaveLength(1)
  })

  it('never lets go of the one that a bot without its volume would be given, nor of one that is gone back to', async () => {
    const bot = await make()
    const [good, wanted, middle] = [await taken(bot, 3), await taken(bot, 40), await taken(bot, 20)]
    const unsound = await taken(bot, 1, { proof_fault: 'its keys are others' })
    const imported = await taken(bot, 2, { cause: 'imported' })
    await http.db.updateTable('bots').set({ restore_from: wanted }).where('id', '=', bot.id).execute()
    expect(await pruned({ tenant: bot.tenantId, keep_last: 1 })).toEqual([middle])
    expect(await left(bot)).toEqual([unsound, imported, good, wanted])
    await http.db.updateTable('bots').set({ restore_from: null }).where('id', '=', bot.id).execute()
    expect(await pruned({ tenant: bot.tenantId, keep_last: 1 })).toEqual([wanted])
    expect(await snapshotToRestore(http.db, bot.id, { engine: 'wwebjs', session: 'none' })).toMatchObject({ snapshot_id: good })
    // Void for good, and the only other one is an imported one: that is what it would be given.
    await http.db
      .updateTable('snapshots')
      .set({ void_at: new Date(0), void_reason: 'damaged' })
      .where('id', 'in', [good, unsound])
      .execute()
    expect((await pruned({ tenant: bot.tenantId, keep_last: 1 })).toSorted()).toEqual([good, unsound].toSorted())
    expect(await left(bot)).toEqual([imported])
  })

  it('refuses a tenant that is not there, and to keep none', async () => {
    expect(await http.call('POST', '/api/v1/snapshots/prune', { tenant: '0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a77' })).toMatchObject({
      status: 404,
      body: { code: 'tenant_not_found' },
    })
    expect(await http.call('POST', '/api/v1/snapshots/prune', { keep_last: 0 })).toMatchObject({ status: 400 })
  })
})
