import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ingest } from '../ingest/index.ts'
import { createDirectoryStore } from '../files/directory/index.ts'
import { insertUpload } from '../store/media.ts'
import { insertMessages, outgoing } from '../store/messages.ts'
import { withTenant } from '../store/with-tenant.ts'
import type { Fixture } from '../testing/fixture.ts'
import { event, fixture, incoming } from '../testing/fixture.ts'
import { pruneMedia } from './media.ts'

let database: TestDatabase
let f: Fixture
const root = mkdtempSync(path.join(tmpdir(), 'zaptria-media-'))
const media = createDirectoryStore(root)
beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
  rmSync(root, { recursive: true, force: true })
})

const LATER = new Date(Date.now() + 2 * 24 * 3600_000)
const bytes = async function* (text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text))
}
const age = (id: string, days: number) =>
  sql`update media set created_at = now() - make_interval(days => ${days}) where id = ${id}`.execute(f.db)
const statesOf = async (tenantId: string): Promise<string[]> =>
  (await f.db.selectFrom('media').select('state').where('tenant_id', '=', tenantId).orderBy('id').execute()).map((row) => row.state)

describe('files that are let go of', () => {
  const upload = async (tenantId: string, text: string): Promise<{ id: string; sha256: string }> => {
    const { sha256, sizeBytes } = await media.put(tenantId, bytes(text), { maxBytes: 100 })
    const row = await withTenant(f.db, tenantId, (trx) =>
      insertUpload(trx, { tenantId, kind: 'document', mimetype: 'text/plain', mismatch: false, filename: null, sha256, sizeBytes }),
    )
    return { id: row.id, sha256 }
  }
  const heard = async (t: Awaited<ReturnType<Fixture['makeTenant']>>): Promise<string> => {
    await ingest(f, t.bot, t.volumeId, [event(1, incoming({ body: '', type: 'document', media: { mimetype: 'text/plain' } }))])
    return (await f.db.selectFrom('media').select('id').where('tenant_id', '=', t.tenantId).executeTakeFirstOrThrow()).id
  }
  const prune = (keepDays?: number, now = LATER) => pruneMedia({ db: f.db, media, keepDays, now })

  it('are uploads that nobody sent within a day, with their bytes', async () => {
    const { tenantId } = await f.makeTenant()
    const old = await upload(tenantId, 'old')
    const young = await upload(tenantId, 'young')
    await age(old.id, 2)
    await prune()
    expect(await media.get(tenantId, old.sha256)).toBeNull()
    const kept = await media.get(tenantId, young.sha256)
    expect(kept).not.toBeNull()
    kept?.destroy()
  })

  it('are bytes without a row, a day after they were written', async () => {
    const { tenantId } = await f.makeTenant()
    const { sha256 } = await media.put(tenantId, bytes('orphan'), { maxBytes: 100 })
    await prune(undefined, new Date())
    const young = await media.get(tenantId, sha256)
    expect(young).not.toBeNull()
    young?.destroy()
    await prune()
    expect(await media.get(tenantId, sha256)).toBeNull()
  })

  it('are none of tenants that this database does not know', async () => {
    const stranger = randomUUID()
    const { sha256 } = await media.put(stranger, bytes('of a database that is lost'), { maxBytes: 100 })
    await prune()
    const kept = await media.get(stranger, sha256)
    expect(kept).not.toBeNull()
    kept?.destroy()
  })

  it('are never those of messages that have yet to leave, however long they wait', async () => {
    const t = await f.makeTenant()
    await heard(t)
    const conversation = await f.db.selectFrom('conversations').selectAll().where('bot_id', '=', t.bot.id).executeTakeFirstOrThrow()
    const file = await upload(t.tenantId, 'to be sent')
    const written = outgoing({ conversation, author: 'api', body: '', nowMs: Date.now() })
    const message = { ...written, type: 'document', media_id: file.id, status: 'scheduled' as const, due_at_ms: Date.now() + 1000 }
    await withTenant(f.db, t.tenantId, (trx) => insertMessages(trx, [message]))
    await age(file.id, 40)
    const state = async () => (await f.db.selectFrom('media').select('state').where('id', '=', file.id).executeTakeFirstOrThrow()).state
    for (const status of ['scheduled', 'queued', 'handed'] as const) {
      await f.db.updateTable('messages').set({ status }).where('id', '=', message.id).execute()
      await prune(30)
      expect(await state()).toBe('stored')
    }
    await f.db.updateTable('messages').set({ status: 'read' }).where('id', '=', message.id).execute()
    await prune(30)
    expect(await state()).toBe('expired')
  })

  it('are those that never came, and those of messages only where it was set', async () => {
    const t = await f.makeTenant()
    const id = await heard(t)
    await age(id, 6)
    await prune()
    expect(await statesOf(t.tenantId)).toEqual(['pending'])
    const { sha256, sizeBytes } = await media.put(t.tenantId, bytes('here'), { maxBytes: 100 })
    await f.db.updateTable('media').set({ state: 'stored', sha256, size_bytes: sizeBytes }).where('id', '=', id).execute()
    await age(id, 100)
    await prune()
    expect(await statesOf(t.tenantId)).toEqual(['stored'])
    const kept = await media.get(t.tenantId, sha256)
    expect(kept).not.toBeNull()
    kept?.destroy()
    await prune(90)
    expect(await statesOf(t.tenantId)).toEqual(['expired'])
    expect(await media.get(t.tenantId, sha256)).toBeNull()

    const never = await f.makeTenant()
    await age(await heard(never), 8)
    await prune()
    expect(await statesOf(never.tenantId)).toEqual(['expired'])
  })
})
