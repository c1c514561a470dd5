import { createHash, randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import type { EngineName, Snapshot, SnapshotManifest } from '@zaptria/contract'
import { SNAPSHOT_PART_BYTES } from '@zaptria/contract'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { requestGrant } from '../grants/index.ts'
import { snapshotToRestore } from '../store/snapshots.ts'
import { makeManifest } from '../testing/snapshots.ts'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

/** `bots`: the listener's address. `volume` holds the grant of `bot`, in epoch 1. */
export type SnapshotTest = { http: TestHttp; bots: string; tenant: string; bot: string; token: string; volume: string }

/** For the tests of a file: one API, and for each test a new tenant with a bot that is connected. `use` is told of it; answers with what they do. */
export function snapshotTests(use: (test: SnapshotTest) => void) {
  let now: SnapshotTest
  let database: TestDatabase
  let http: TestHttp
  let bots: string
  beforeAll(async () => {
    database = await createTestDatabase()
    http = await startTestHttp(database.url)
    bots = await http.bots.listen({ host: '127.0.0.1', port: 0 })
  })
  afterAll(async () => {
    await http[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    const { id: tenant } = (await http.call('POST', '/api/v1/tenants', { name: 'Loja', subscription: 'paid' })).body as { id: string }
    const { id: bot } = await http.db.selectFrom('bots').select('id').where('tenant_id', '=', tenant).executeTakeFirstOrThrow()
    const { bot_token: token } = (await http.call('POST', `/api/v1/tenants/${tenant}/bot/token`)).body as { bot_token: string }
    const volume = randomUUID()
    await http.db.updateTable('bots').set({ state: 'connected', reason: 'ready' }).where('id', '=', bot).execute()
    const request = { botId: bot, tenantId: tenant, volumeId: volume, bootId: randomUUID(), sessionOpen: true }
    expect(await requestGrant({ db: http.db, maxStarting: 100 }, request)).toMatchObject({ granted: true, epoch: 1 })
    now = { http, bots, tenant, bot, token, volume }
    use(now)
  })

  const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
  const manifestOf = (archive: Buffer, more: object = {}): SnapshotManifest =>
    makeManifest({ volume_id: now.volume, archive: { size_bytes: archive.length, sha256: hashOf(archive) }, ...more })
  const list = `/bot/snapshots`
  const ask = async (): Promise<Snapshot> => {
    const answer = await now.http.call('POST', `/api/v1/tenants/${now.tenant}${list}`)
    expect(answer.status).toBe(202)
    return answer.body as Snapshot
  }
  const listed = async (): Promise<Snapshot[]> =>
    ((await now.http.call('GET', `/api/v1/tenants/${now.tenant}${list}`)).body as { items: Snapshot[] }).items
  const filesOf = () =>
    readdirSync(path.join(now.http.mediaDir, 'vault'), { recursive: true, withFileTypes: true }).filter(
      (one) => one.isFile() && one.parentPath.includes(now.tenant),
    )
  const verify = (id: string) => now.http.call('POST', `/api/v1/tenants/${now.tenant}${list}/${id}/verify`)
  const say = async (method: 'POST' | 'PUT', rest: string, body: unknown, as = now.token): Promise<{ status: number; body: unknown }> => {
    const bytes = Buffer.isBuffer(body)
    const answer = await fetch(`${now.bots}/api/bots/snapshots/${rest}`, {
      method,
      headers: {
        authorization: `Bearer ${as}`,
        'x-tenant-id': now.tenant,
        'content-type': bytes ? 'application/octet-stream' : 'application/json',
      },
      body: bytes ? new Uint8Array(body) : JSON.stringify(body),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? null : JSON.parse(text) }
  }
  /** As the volume says under which grant it asks. */
  const offered = (session: 'none' | 'present', engine: EngineName = 'wwebjs') =>
    snapshotToRestore(now.http.db, now.bot, { engine, session })
  const grant = (epoch = 1): string => new URLSearchParams({ volume_id: now.volume, epoch: String(epoch) }).toString()
  const putPart = (id: string, nr: number, part: Buffer, sha256 = hashOf(part)) => say('PUT', `${id}/parts/${nr}?sha256=${sha256}`, part)
  /** All of it, as a bot brings it. */
  const bring = async (id: string, archive: Buffer): Promise<void> => {
    expect(await say('POST', id, manifestOf(archive))).toMatchObject({ status: 200, body: { parts: [] } })
    for (let nr = 0; nr * SNAPSHOT_PART_BYTES < archive.length; nr++)
      expect(await putPart(id, nr, archive.subarray(nr * SNAPSHOT_PART_BYTES, (nr + 1) * SNAPSHOT_PART_BYTES))).toMatchObject({
        status: 204,
      })
    expect(await say('POST', `${id}/finish`, {})).toMatchObject({ status: 204 })
  }
  return { hashOf, manifestOf, list, ask, listed, filesOf, verify, say, offered, grant, putPart, bring }
}
