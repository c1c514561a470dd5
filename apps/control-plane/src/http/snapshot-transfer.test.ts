import { randomBytes, randomUUID } from 'node:crypto'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Snapshot } from '@zaptria/contract'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pruneVault } from '../due/vault.ts'
import { createDirectoryStore } from '../files/directory/index.ts'
import { snapshotToRestore } from '../store/snapshots.ts'
import { makeStoredSnapshot } from '../testing/snapshots.ts'
import { startTestHttp } from './testing.ts'
import type { Answer, TestHttp } from './testing.ts'

type Installation = { database: TestDatabase; http: TestHttp; url: string }
const install = async (): Promise<Installation> => {
  const database = await createTestDatabase()
  const http = await startTestHttp(database.url)
  return { database, http, url: await http.app.listen({ host: '127.0.0.1', port: 0 }) }
}
let old: Installation
let young: Installation
beforeAll(async () => {
  old = await install()
  young = await install()
})
afterAll(async () => {
  for (const { http, database } of [old, young]) {
    await http[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  }
})

type Customer = { id: string; bot: { id: string; tenantId: string } }
const enter = async ({ http }: Installation): Promise<Customer> => {
  const { id } = (await http.call('POST', '/api/v1/tenants', { name: 'Padaria', subscription: 'paid' })).body as { id: string }
  const bot = await http.db.selectFrom('bots').select('id').where('tenant_id', '=', id).executeTakeFirstOrThrow()
  return { id, bot: { id: bot.id, tenantId: id } }
}
let from: Customer
let to: Customer
/** In the old installation. */
let snapshot: string
const archive = randomBytes(300_000)
const TAKEN = new Date('2026-11-29T06:00:00.000Z')
beforeEach(async () => {
  from = await enter(old)
  to = await enter(young)
  snapshot = await makeStoredSnapshot(old.http.db, from.bot, old.http.vault, archive)
  await old.http.db.updateTable('snapshots').set({ asked_at: TAKEN }).where('id', '=', snapshot).execute()
})

const newKey = (): string => `ztk_${randomBytes(32).toString('base64url')}`
const headersOf = ({ http, url }: Installation) => ({ cookie: http.cookie, origin: url })
const answerOf = async (answer: Response): Promise<Answer> => ({
  status: answer.status,
  body: JSON.parse(await answer.text()),
  headers: Object.fromEntries(answer.headers),
})
const ask = (transfer_key: string, id = snapshot) =>
  fetch(`${old.url}/api/v1/tenants/${from.id}/bot/snapshots/${id}/export`, {
    method: 'POST',
    headers: { ...headersOf(old), 'content-type': 'application/json' },
    body: JSON.stringify({ transfer_key }),
  })
const exported = async (key: string): Promise<Buffer> => {
  const answer = await ask(key)
  expect(answer.status).toBe(200)
  const bytes = Buffer.from(await answer.arrayBuffer())
  expect(Number(answer.headers.get('content-length'))).toBe(bytes.length)
  return bytes
}
const bring = async (file: Buffer, key: string, more: Record<string, string> = {}, tenant = to.id, query = ''): Promise<Answer> =>
  answerOf(
    await fetch(`${young.url}/api/v1/tenants/${tenant}/bot/snapshots/import${query}`, {
      method: 'POST',
      headers: { ...headersOf(young), 'zaptria-transfer-key': key, 'content-type': 'application/octet-stream', ...more },
      body: new Uint8Array(file),
    }),
  )
const listed = async ({ http }: Installation, { id }: Customer): Promise<Snapshot[]> =>
  ((await http.call('GET', `/api/v1/tenants/${id}/bot/snapshots`)).body as { items: Snapshot[] }).items
const filesOf = ({ http }: Installation, { id }: Customer) =>
  readdirSync(path.join(http.mediaDir, 'vault'), { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.parentPath.includes(id),
  )
const offered = ({ bot }: Customer, { http }: Installation = young) =>
  snapshotToRestore(http.db, bot.id, { engine: 'wwebjs', session: 'none' })

describe('a session that moves to another installation', () => {
  it('is there a snapshot of its new tenant, whole, as of when it was taken, and opened by a bot that never had one', async () => {
    const key = newKey()
    const answer = await bring(await exported(key), key)
    expect(answer).toMatchObject({
      status: 201,
      body: { cause: 'imported', state: 'stored', number: '5511987654321', taken_at: TAKEN.toISOString(), size_bytes: archive.length },
    })
    const { id } = answer.body as Snapshot
    expect(id).not.toBe(snapshot)
    expect(await listed(young, to)).toMatchObject([{ id, epoch: null, restored_at: null, void_at: null }])
    const verify = await young.http.call('POST', `/api/v1/tenants/${to.id}/bot/snapshots/${id}/verify`)
    expect(verify.body).toEqual({ ok: true, fault: null })
    // Messages are read from then on, and not from when it came.
    expect(await offered(to)).toEqual({ snapshot_id: id, number: '5511987654321', taken_at: TAKEN.getTime() / 1000 })
    expect(await young.http.db.selectFrom('bots').select('restore_from').where('id', '=', to.bot.id).executeTakeFirst()).toEqual({
      restore_from: null,
    })
    expect((await listed(old, from))[0]?.verified_at).not.toBeNull()
  })

  it('can be exported again from there, as of when it was taken at first', async () => {
    const there = await makeStoredSnapshot(young.http.db, to.bot, young.http.vault)
    await young.http.db.updateTable('snapshots').set({ cause: 'imported', taken_at: TAKEN }).where('id', '=', there).execute()
    const key = newKey()
    const answer = await fetch(`${young.url}/api/v1/tenants/${to.id}/bot/snapshots/${there}/export`, {
      method: 'POST',
      headers: { ...headersOf(young), 'content-type': 'application/json' },
      body: JSON.stringify({ transfer_key: key }),
    })
    expect(await bring(Buffer.from(await answer.arrayBuffer()), key)).toMatchObject({
      status: 201,
      body: { taken_at: TAKEN.toISOString() },
    })
  })

  it('is in nobody’s way: a bot that has copies of its own opens the last of them, until people want this one', async () => {
    const own = await makeStoredSnapshot(young.http.db, to.bot, young.http.vault)
    await young.http.db.updateTable('snapshots').set({ asked_at: TAKEN, proof_fault: 'something' }).where('id', '=', own).execute()
    const key = newKey()
    const { id } = (await bring(await exported(key), key)).body as Snapshot
    expect((await listed(young, to)).map((each) => each.id)).toEqual([id, own])
    expect(await offered(to)).toMatchObject({ snapshot_id: own })
    expect((await young.http.call('POST', `/api/v1/tenants/${to.id}/bot/snapshots/${id}/restore`)).status).toBe(202)
    expect(await offered(to)).toMatchObject({ snapshot_id: id })
  })

  it('counts in what its tenant’s snapshots may take', async () => {
    const ownOf = async (asked_at: Date): Promise<string> => {
      const own = await makeStoredSnapshot(young.http.db, to.bot, young.http.vault)
      await young.http.db.updateTable('snapshots').set({ asked_at }).where('id', '=', own).execute()
      return own
    }
    const [older, own] = [await ownOf(new Date(TAKEN.getTime() - 3600_000)), await ownOf(TAKEN)]
    const key = newKey()
    const { id } = (await bring(await exported(key), key)).body as Snapshot
    const files = createDirectoryStore(path.join(young.http.mediaDir, 'vault'))
    await pruneVault({ db: young.http.db, files, quotaBytes: 310_000, now: new Date() })
    expect((await listed(young, to)).map((each) => each.id)).toEqual([id, own, older])
    await pruneVault({ db: young.http.db, files, quotaBytes: 300_000, now: new Date() })
    // But not at the price of the one that its bot would open.
    expect((await listed(young, to)).map((each) => each.id)).toEqual([id, own])
  })

  it('happens once for one Idempotency-Key', async () => {
    const key = newKey()
    const file = await exported(key)
    const once = { 'idempotency-key': randomUUID() }
    const [first, second] = [await bring(file, key, once), await bring(file, key, once)]
    expect(second).toMatchObject({ status: 201, body: first.body, headers: { 'idempotent-replayed': 'true' } })
    expect(await bring(await exported(key), key, once)).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } })
    expect(await listed(young, to)).toHaveLength(1)
    expect(filesOf(young, to)).toHaveLength(1)
  })
})

describe('an import that is refused', () => {
  const refused = async (answer: Promise<Answer>, status: number, code: string, detail: string): Promise<void> => {
    expect(await answer).toMatchObject({ status, body: { code, detail: expect.stringContaining(detail) as string } })
    expect(await listed(young, to)).toEqual([])
    expect(filesOf(young, to)).toEqual([])
  }

  it('is one of a file that is cut short, changed, of another key, or of nothing of ours', async () => {
    const key = newKey()
    const file = await exported(key)
    const flipped = Buffer.from(file)
    flipped[200_000]! ^= 1
    await refused(bring(file.subarray(0, -1), key), 422, 'transfer_refused', 'it was cut off')
    await refused(bring(flipped, key), 422, 'transfer_refused', 'is not what was sealed')
    await refused(bring(file, newKey()), 422, 'transfer_refused', 'or the key is another')
    await refused(bring(randomBytes(9_000_000), key), 422, 'transfer_refused', 'it does not begin as it should')
    await refused(bring(Buffer.alloc(0), key), 422, 'transfer_refused', 'it does not begin as it should')
  })

  it('is one of a session that cannot be this bot’s', async () => {
    const key = newKey()
    const file = await exported(key)
    const change = (set: object) => young.http.db.updateTable('bots').set(set).where('id', '=', to.bot.id).execute()
    await change({ number: '5511900000009' })
    await refused(bring(file, key), 409, 'conflict', 'and this tenant is linked to +5511900000009')
    await change({ number: '5511987654321', engine: 'baileys' })
    await refused(bring(file, key), 409, 'conflict', "of the engine wwebjs, and this bot's is baileys")
    await change({ engine: 'wwebjs', transport: 'http', public_url: 'https://bot.example.com' })
    await refused(bring(file, key), 409, 'conflict', 'not run here')
  })

  it('is one of a number that another tenant here is linked to, running or stopped, unless it is meant', async () => {
    const key = newKey()
    const file = await exported(key)
    // Those of the tests before.
    await young.http.db.updateTable('bots').set({ number: null }).execute()
    const twin = await enter(young)
    await young.http.call('PATCH', `/api/v1/tenants/${twin.id}`, { name: 'Banca do Zé' })
    const change = (set: object) => young.http.db.updateTable('bots').set(set).where('id', '=', twin.bot.id).execute()
    for (const desired of ['running', 'stopped'] as const) {
      await change({ number: '+55 11 98765-4321', desired })
      await refused(bring(file, key), 409, 'number_linked_elsewhere', `+5511987654321 is linked to Banca do Zé (${twin.id}) already`)
    }
    expect(filesOf(young, to)).toEqual([])
    expect((await bring(file, key, {}, to.id, '?force=true')).status).toBe(201)
    const forced = await young.http.db
      .selectFrom('audit')
      .select('detail')
      .where('action', '=', 'snapshot.import')
      .orderBy('id', 'desc')
      .limit(1)
      .execute()
    expect(forced).toMatchObject([{ detail: { force: true } }])
    await change({ number: null })
    expect((await bring(file, key)).status).toBe(201)
    await change({ number: '5511987654321', desired: 'removed' })
    expect((await bring(file, key)).status).toBe(201)
    await change({ number: '5511900000001', desired: 'running' })
    expect((await bring(file, key)).status).toBe(201)
  })

  it('is one without a key, and one by nobody', async () => {
    const key = newKey()
    const file = await exported(key)
    expect(await bring(file, 'ztk_short')).toMatchObject({ status: 400, body: { code: 'validation_failed' } })
    expect(await bring(file, key, { cookie: 'none' })).toMatchObject({ status: 401 })
    expect(await bring(file, key, {}, randomUUID())).toMatchObject({ status: 404, body: { code: 'tenant_not_found' } })
    expect(await listed(young, to)).toEqual([])
  })
})

describe('an export', () => {
  it('of a snapshot that is damaged breaks off, or is refused, and the snapshot is not used any more', async () => {
    const [file] = filesOf(old, from)
    const at = path.join(file!.parentPath, file!.name)
    rmSync(at)
    expect(await answerOf(await ask(newKey()))).toMatchObject({
      status: 409,
      body: { code: 'conflict', detail: 'The snapshot is damaged: part 0 of the snapshot is not in the vault.' },
    })
    writeFileSync(at, randomBytes(300_100))
    expect(await answerOf(await ask(newKey()))).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('the sealed data cannot be opened') as string },
    })
    expect((await listed(old, from))[0]).toMatchObject({ void_at: expect.any(String) as string })
    expect(await answerOf(await ask(newKey()))).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('No session can be opened') as string },
    })
  })

  it('of one whose end is damaged gives a file that nobody can import', async () => {
    const other = await makeStoredSnapshot(old.http.db, from.bot, old.http.vault, archive)
    const manifest = await old.http.db.selectFrom('snapshots').select('manifest').where('id', '=', other).executeTakeFirstOrThrow()
    const wrong = { ...manifest.manifest!, archive: { size_bytes: archive.length, sha256: 'd'.repeat(64) } }
    await old.http.db
      .updateTable('snapshots')
      .set({ manifest: JSON.stringify(wrong) })
      .where('id', '=', other)
      .execute()
    const answer = await ask(newKey(), other)
    await expect(answer.arrayBuffer()).rejects.toThrow()
    expect((await listed(old, from)).find(({ id }) => id === other)).toMatchObject({
      void_reason: 'its bytes are not the ones that were packed',
      verified_at: null,
    })
  })

  it('is not made of what is not there, or without a key', async () => {
    expect(await answerOf(await ask(newKey(), randomUUID()))).toMatchObject({ status: 404, body: { code: 'snapshot_not_found' } })
    expect(await answerOf(await ask('a word'))).toMatchObject({ status: 400, body: { code: 'validation_failed' } })
    await old.http.db.updateTable('snapshots').set({ state: 'failed' }).where('id', '=', snapshot).execute()
    expect(await answerOf(await ask(newKey()))).toMatchObject({ status: 409, body: { code: 'conflict' } })
  })
})
