import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { EngineName, Snapshot, SnapshotManifest } from '@zaptria/contract'
import { SNAPSHOT_LIMITS, SNAPSHOT_PART_BYTES } from '@zaptria/contract'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { requestGrant } from '../grants/index.ts'
import { ingest } from '../ingest/index.ts'
import { linkUp } from '../store/link.ts'
import { endOldRestores, giveUpSnapshots, snapshotToRestore, voidSnapshots } from '../store/snapshots.ts'
import { event } from '../testing/fixture.ts'
import { makeManifest } from '../testing/snapshots.ts'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

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

let tenant: string
let bot: string
let token: string
let volume: string
beforeEach(async () => {
  tenant = ((await http.call('POST', '/api/v1/tenants', { name: 'Loja', subscription: 'paid' })).body as { id: string }).id
  bot = (await http.db.selectFrom('bots').select('id').where('tenant_id', '=', tenant).executeTakeFirstOrThrow()).id
  token = ((await http.call('POST', `/api/v1/tenants/${tenant}/bot/token`)).body as { bot_token: string }).bot_token
  volume = randomUUID()
  await http.db.updateTable('bots').set({ state: 'connected', reason: 'ready' }).where('id', '=', bot).execute()
  const request = { botId: bot, tenantId: tenant, volumeId: volume, bootId: randomUUID(), sessionOpen: true }
  expect(await requestGrant({ db: http.db, maxStarting: 100 }, request)).toMatchObject({ granted: true, epoch: 1 })
})

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const manifestOf = (archive: Buffer, more: object = {}): SnapshotManifest =>
  makeManifest({ volume_id: volume, archive: { size_bytes: archive.length, sha256: hashOf(archive) }, ...more })
const list = `/bot/snapshots`
const ask = async (): Promise<Snapshot> => {
  const answer = await http.call('POST', `/api/v1/tenants/${tenant}${list}`)
  expect(answer.status).toBe(202)
  return answer.body as Snapshot
}
const listed = async (): Promise<Snapshot[]> =>
  ((await http.call('GET', `/api/v1/tenants/${tenant}${list}`)).body as { items: Snapshot[] }).items
const filesOf = () =>
  readdirSync(path.join(http.mediaDir, 'vault'), { recursive: true, withFileTypes: true }).filter(
    (one) => one.isFile() && one.parentPath.includes(tenant),
  )
const verify = (id: string) => http.call('POST', `/api/v1/tenants/${tenant}${list}/${id}/verify`)
const say = async (method: 'POST' | 'PUT', rest: string, body: unknown, as = token): Promise<{ status: number; body: unknown }> => {
  const bytes = Buffer.isBuffer(body)
  const answer = await fetch(`${bots}/api/bots/snapshots/${rest}`, {
    method,
    headers: {
      authorization: `Bearer ${as}`,
      'x-tenant-id': tenant,
      'content-type': bytes ? 'application/octet-stream' : 'application/json',
    },
    body: bytes ? new Uint8Array(body) : JSON.stringify(body),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) }
}
/** As the volume says under which grant it asks. */
const offered = (session: 'none' | 'present', engine: EngineName = 'wwebjs') => snapshotToRestore(http.db, bot, { engine, session })
const grant = (epoch = 1): string => new URLSearchParams({ volume_id: volume, epoch: String(epoch) }).toString()
const putPart = (id: string, nr: number, part: Buffer, sha256 = hashOf(part)) => say('PUT', `${id}/parts/${nr}?sha256=${sha256}`, part)
/** All of it, as a bot brings it. */
const bring = async (id: string, archive: Buffer): Promise<void> => {
  expect(await say('POST', id, manifestOf(archive))).toMatchObject({ status: 200, body: { parts: [] } })
  for (let nr = 0; nr * SNAPSHOT_PART_BYTES < archive.length; nr++)
    expect(await putPart(id, nr, archive.subarray(nr * SNAPSHOT_PART_BYTES, (nr + 1) * SNAPSHOT_PART_BYTES))).toMatchObject({ status: 204 })
  expect(await say('POST', `${id}/finish`, {})).toMatchObject({ status: 204 })
}

describe('a snapshot', () => {
  it('is asked for, brought in parts, listed, and verified to its last byte', async () => {
    const asked = await ask()
    expect(asked).toMatchObject({ state: 'asked', cause: 'asked', stored_at: null, failure: null })
    const commands = await http.db.selectFrom('bot_commands').select('command').where('bot_id', '=', bot).execute()
    expect(commands.map(({ command }) => command)).toContainEqual({ kind: 'snapshot', snapshot_id: asked.id })
    // One under way is enough.
    expect((await ask()).id).toBe(asked.id)
    const archive = randomBytes(SNAPSHOT_PART_BYTES + 70_000)
    await bring(asked.id, archive)
    expect(await listed()).toMatchObject([
      { id: asked.id, state: 'stored', size_bytes: archive.length, number: '5511987654321', epoch: 1, held_ms: 3, verified_at: null },
    ])
    expect(await verify(asked.id)).toMatchObject({ status: 200, body: { ok: true, fault: null } })
    expect((await listed())[0]?.verified_at).not.toBeNull()
  })

  it('is not asked for where there is no session', async () => {
    await http.db.updateTable('bots').set({ state: 'qr_ready', reason: 'waiting_for_scan' }).where('id', '=', bot).execute()
    const answer = await http.call('POST', `/api/v1/tenants/${tenant}${list}`)
    expect(answer).toMatchObject({ status: 409, body: { code: 'bot_not_connected' } })
    expect(await listed()).toEqual([])
  })

  it('goes on where it was broken off, and begins anew with another copy', async () => {
    const { id } = await ask()
    const archive = randomBytes(2 * SNAPSHOT_PART_BYTES)
    await say('POST', id, manifestOf(archive))
    await putPart(id, 0, archive.subarray(0, SNAPSHOT_PART_BYTES))
    expect(await say('POST', id, manifestOf(archive))).toMatchObject({ body: { parts: [0] } })
    expect(await say('POST', `${id}/finish`, {})).toMatchObject({ status: 409 })
    const other = randomBytes(1_000)
    await bring(id, other)
    expect(await verify(id)).toMatchObject({ body: { ok: true } })
  })

  it('takes no part that is not what was named, or too large', async () => {
    const { id } = await ask()
    const archive = randomBytes(1_000)
    await say('POST', id, manifestOf(archive))
    expect(await putPart(id, 0, archive, hashOf(randomBytes(5)))).toMatchObject({ status: 400, body: { code: 'validation_failed' } })
    expect(await putPart(id, 0, Buffer.alloc(SNAPSHOT_PART_BYTES + 1))).toMatchObject({ status: 413 })
    expect(await say('POST', id, manifestOf(archive))).toMatchObject({ body: { parts: [] } })
  })

  it('is no larger than it said, and than any session is', async () => {
    const { id } = await ask()
    const archive = randomBytes(1_000)
    const size_bytes = SNAPSHOT_LIMITS.plain_bytes + 1
    expect(await say('POST', id, manifestOf(archive, { archive: { size_bytes, sha256: hashOf(archive) } }))).toMatchObject({ status: 400 })
    const files = Array.from({ length: SNAPSHOT_LIMITS.files }, (_, nr) => {
      return { path: `Default/IndexedDB/https_web.whatsapp.com_0.indexeddb.blob/${nr}`, size_bytes: 1, sha256: hashOf(archive) }
    })
    expect(await say('POST', id, manifestOf(archive, { files }))).toMatchObject({ status: 200 })
    expect(await putPart(id, 1, archive)).toMatchObject({ status: 409, body: { detail: 'An archive of 1000 bytes has no part 1.' } })
    expect(await putPart(id, 0, archive)).toMatchObject({ status: 204 })
  })

  it('is believed from the volume that holds the grant alone, and in its epoch', async () => {
    const { id } = await ask()
    const archive = randomBytes(1_000)
    expect(await say('POST', id, manifestOf(archive, { volume_id: randomUUID() }))).toMatchObject({ status: 410 })
    expect(await say('POST', id, manifestOf(archive, { epoch: 2 }))).toMatchObject({ status: 410 })
    expect(await say('POST', randomUUID(), manifestOf(archive))).toMatchObject({ status: 410 })
    expect(await putPart(id, 0, archive)).toMatchObject({ status: 410 })
    expect(await say('POST', id, manifestOf(archive), 'zbt_wrong')).toMatchObject({ status: 401 })
    expect(await say('POST', id, manifestOf(archive, { files: [{ path: '../x', size_bytes: 1, sha256: hashOf(archive) }] }))).toMatchObject(
      {
        status: 400,
      },
    )
  })

  it('has failed when the bot says so, refuses it, or does not bring it in time, and leaves room for the next', async () => {
    const first = await ask()
    expect(await say('POST', `${first.id}/failed`, { error: 'no room' })).toMatchObject({ status: 204 })
    const second = await ask()
    await http.db
      .updateTable('bot_commands')
      .set({ done_at: new Date(), error: 'The session is not connected.' })
      .where('bot_id', '=', bot)
      .execute()
    await giveUpSnapshots(http.db)
    const third = await ask()
    await http.db
      .updateTable('snapshots')
      .set({ due_at: new Date(Date.now() - 1000) })
      .where('id', '=', third.id)
      .execute()
    await giveUpSnapshots(http.db)
    const failures = Object.fromEntries((await listed()).map(({ id, state, failure }) => [id, [state, failure]]))
    expect(failures).toEqual({
      [first.id]: ['failed', 'no room'],
      [second.id]: ['failed', 'The session is not connected.'],
      [third.id]: ['failed', 'the bot did not bring it in time'],
    })
    const archive = randomBytes(10)
    expect(await say('POST', third.id, manifestOf(archive))).toMatchObject({ status: 410 })
  })

  it('has failed when another process of the bot is here than the one that took it on, unless nobody had', async () => {
    const says = async (...ids: string[]) => {
      const all = await listed()
      return ids.map((id) => all.filter((one) => one.id === id).map(({ state, failure }) => [state, failure])[0])
    }
    const link = (bootId: string) =>
      linkUp(http.db, { id: bot, tenantId: tenant }, { volumeId: volume, bootId, replicaId: randomUUID(), linkId: randomUUID() })
    const takenOn = () => http.db.updateTable('bot_commands').set({ done_at: new Date() }).where('bot_id', '=', bot).execute()
    const [boot, next, last] = [randomUUID(), randomUUID(), randomUUID()]
    const stored = await ask()
    await bring(stored.id, randomBytes(10))
    await link(boot)
    const coming = await ask()
    await takenOn()
    expect(await say('POST', coming.id, manifestOf(randomBytes(20)))).toMatchObject({ status: 200 })
    // The same process, whose link broke, goes on.
    await link(boot)
    expect(await says(coming.id)).toEqual([['coming', null]])
    await link(next)
    const restarted = ['failed', 'the bot was restarted before it had brought it']
    expect(await says(stored.id, coming.id)).toEqual([['stored', null], restarted])
    // What is packed has not been heard of yet; what nobody has taken on is for the new process.
    const packed = await ask()
    await takenOn()
    await link(last)
    const fresh = await ask()
    expect(fresh.id).not.toBe(packed.id)
    await link(boot)
    expect(await says(packed.id, fresh.id)).toEqual([restarted, ['asked', null]])
  })

  it('is asked of a bot of ours that runs, alone', async () => {
    await http.call('POST', `/api/v1/tenants/${tenant}/bot/stop`)
    expect(await http.call('POST', `/api/v1/tenants/${tenant}${list}`)).toMatchObject({ status: 409, body: { code: 'bot_not_running' } })
    expect(await verify(randomUUID())).toMatchObject({ status: 404, body: { code: 'snapshot_not_found' } })
  })

  it('says what holds it up while the vault is away, and is taken for no damaged one', async () => {
    const archive = randomBytes(5_000)
    const before = await ask()
    await bring(before.id, archive)
    const { id } = await ask()
    await say('POST', id, manifestOf(archive))
    const dir = path.join(http.mediaDir, 'vault')
    renameSync(dir, `${dir}.away`)
    const detail = 'Where files are kept cannot be used now: its directory is not there.'
    expect(await putPart(id, 0, archive)).toMatchObject({ status: 503, body: { code: 'unavailable', detail } })
    expect(await verify(before.id)).toMatchObject({ status: 503, body: { code: 'unavailable', detail } })
    const failure = 'The vault takes nothing now: its directory is not there.'
    expect(await listed()).toMatchObject([
      { id, state: 'coming', failure },
      { id: before.id, state: 'stored', void_at: null },
    ])
    expect(existsSync(dir)).toBe(false)
    renameSync(`${dir}.away`, dir)
    expect(await verify(before.id)).toMatchObject({ status: 200, body: { ok: true } })
    await bring(id, archive)
    expect((await listed())[0]).toMatchObject({ id, state: 'stored', failure: null })
  })

  it.each([
    [
      'the bot gives up',
      (id: string) => say('POST', `${id}/failed`, { error: 'It could not be brought in time: the control plane answers 503.' }),
    ],
    [
      'its time is over',
      async (id: string) => {
        await http.db
          .updateTable('snapshots')
          .set({ due_at: new Date(0) })
          .where('id', '=', id)
          .execute()
        await giveUpSnapshots(http.db)
      },
    ],
  ])('has failed for what held it up when %s', async (_, end) => {
    const archive = randomBytes(5_000)
    await bring((await ask()).id, archive)
    const { id } = await ask()
    await say('POST', id, manifestOf(archive))
    const dir = path.join(http.mediaDir, 'vault')
    renameSync(dir, `${dir}.away`)
    await putPart(id, 0, archive)
    renameSync(`${dir}.away`, dir)
    await end(id)
    expect((await listed())[0]).toMatchObject({ id, state: 'failed', failure: 'The vault takes nothing now: its directory is not there.' })
  })

  it('that was damaged in the vault is found out by verifying, and says how', async () => {
    const { id } = await ask()
    await bring(id, randomBytes(5_000))
    const [found] = filesOf()
    const file = path.join(found!.parentPath, found!.name)
    writeFileSync(file, randomBytes(5_056))
    expect(await verify(id)).toMatchObject({ status: 200, body: { ok: false, fault: expect.stringContaining('cannot be opened') } })
    rmSync(file)
    expect(await verify(id)).toMatchObject({ body: { ok: false, fault: 'part 0 of the snapshot is not in the vault' } })
    expect((await listed())[0]?.verified_at).toBeNull()
  })

  it('that was damaged and is whole again, because its file was put back, can be opened again; not once its session was unlinked', async () => {
    const { id } = await ask()
    await bring(id, randomBytes(5_000))
    const [file] = filesOf()
    const [place, bytes] = [path.join(file!.parentPath, file!.name), readFileSync(path.join(file!.parentPath, file!.name))]
    const damage = async () => {
      writeFileSync(place, bytes.subarray(0, 3_000))
      expect(await verify(id)).toMatchObject({ body: { ok: false } })
      expect(await offered('none')).toBeNull()
      writeFileSync(place, bytes)
    }
    await damage()
    expect(await verify(id)).toMatchObject({ body: { ok: true } })
    expect((await listed())[0]).toMatchObject({ void_at: null, void_reason: null, verified_at: expect.any(String) })
    expect(await offered('none')).toMatchObject({ snapshot_id: id })
    await damage()
    await http.db.transaction().execute((trx) => voidSnapshots(trx, bot, null, 'logged_out'))
    expect(await verify(id)).toMatchObject({ body: { ok: true } })
    expect((await listed())[0]).toMatchObject({ void_at: expect.any(String), void_reason: 'logged_out' })
    expect(await offered('none')).toBeNull()
  })

  it('is given to the volume that holds the grant, in its epoch, byte for byte; to nobody when it is void', async () => {
    const { id } = await ask()
    const archive = randomBytes(SNAPSHOT_PART_BYTES + 3)
    await bring(id, archive)
    const get = (rest: string, grant: { volume_id: string; epoch: number }) =>
      fetch(`${bots}/api/bots/snapshots/${id}${rest}?volume_id=${grant.volume_id}&epoch=${grant.epoch}`, {
        headers: { authorization: `Bearer ${token}`, 'x-tenant-id': tenant },
      })
    const granted = { volume_id: volume, epoch: 1 }
    expect(await (await get('/manifest', granted)).json()).toEqual(manifestOf(archive))
    expect(Buffer.from(await (await get('', granted)).arrayBuffer()).equals(archive)).toBe(true)
    for (const other of [
      { ...granted, epoch: 2 },
      { ...granted, volume_id: randomUUID() },
    ]) {
      expect((await get('/manifest', other)).status).toBe(410)
      expect((await get('', other)).status).toBe(410)
    }
    expect(await offered('none')).toMatchObject({ snapshot_id: id, number: '5511987654321' })
    for (const told of ['restored', 'unusable'])
      expect(await say('POST', `${id}/${told}?${grant(2)}`, { error: 'from an older place' })).toMatchObject({ status: 410 })
    expect((await listed())[0]).toMatchObject({ restored_at: null, void_at: null })
    // Another engine cannot open it.
    expect(await offered('none', 'simulated')).toBeNull()
    expect(await say('POST', `${id}/restored?${grant()}`, {})).toMatchObject({ status: 204 })
    expect((await listed())[0]).toMatchObject({ restored_at: expect.any(String), void_at: null })
    expect(await say('POST', `${id}/unusable?${grant()}`, { error: 'keys is missing' })).toMatchObject({ status: 204 })
    expect((await listed())[0]).toMatchObject({ void_at: expect.any(String), void_reason: 'keys is missing' })
    expect((await get('', granted)).status).toBe(410)
    expect(await offered('none')).toBeNull()
  })

  it('is void once its session was unlinked, and the newest that is not is offered', async () => {
    const first = await ask()
    await bring(first.id, randomBytes(10))
    const second = await ask()
    await bring(second.id, randomBytes(10))
    expect(await offered('none')).toMatchObject({ snapshot_id: second.id })
    await say('POST', `${second.id}/unusable?${grant()}`, { error: 'damaged' })
    expect(await offered('none')).toMatchObject({ snapshot_id: first.id })
    const deps = { db: http.db, hints: { changed: () => Promise.resolve() } }
    const state = event(1, { kind: 'state', state: 'logged_out', reason: 'logout_by_phone' }, 1)
    await ingest(deps, { id: bot, tenantId: tenant }, volume, [state])
    expect(await offered('none')).toBeNull()
    expect((await listed()).map(({ void_reason }) => void_reason)).toEqual(['damaged', 'logged_out'])
  })

  it('that is damaged in the vault is passed over for an older one; one that is not there, only when others are', async () => {
    const headers = { authorization: `Bearer ${token}`, 'x-tenant-id': tenant }
    /** Whether all of it came: what fails at its beginning is a 500, what fails later breaks off. */
    const comes = async (id: string): Promise<boolean> => {
      try {
        const answer = await fetch(`${bots}/api/bots/snapshots/${id}?${grant()}`, { headers })
        await answer.arrayBuffer()
        return answer.status === 200
      } catch {
        return false
      }
    }
    const ids: string[] = []
    const names: string[] = []
    for (let nr = 0; nr < 3; nr++) {
      const { id } = await ask()
      await bring(id, randomBytes(5_000))
      ids.push(id)
      const fresh = filesOf().find(({ name }) => !names.includes(name))
      names.push(fresh!.name)
    }
    const place = (nr: number): string => {
      const file = filesOf().find(({ name }) => name === names[nr])!
      return path.join(file.parentPath, file.name)
    }
    writeFileSync(place(2), randomBytes(5_056))
    expect(await comes(ids[2]!)).toBe(false)
    expect((await listed())[0]).toMatchObject({ id: ids[2], void_reason: expect.stringContaining('cannot be opened') })
    expect(await offered('none')).toMatchObject({ snapshot_id: ids[1] })

    rmSync(place(1))
    expect(await comes(ids[1]!)).toBe(false)
    expect(await offered('none')).toMatchObject({ snapshot_id: ids[0] })

    const [last, bytes] = [place(0), readFileSync(place(0))]
    rmSync(last)
    expect(await comes(ids[0]!)).toBe(false)
    expect(await offered('none')).toMatchObject({ snapshot_id: ids[0] })
    writeFileSync(last, bytes)
    expect(await comes(ids[0]!)).toBe(true)
  })

  it('is gone back to when people want it, once for each wish, whatever the volume holds', async () => {
    const first = await ask()
    await bring(first.id, randomBytes(10))
    const second = await ask()
    await bring(second.id, randomBytes(10))
    const restore = (id: string) => http.call('POST', `/api/v1/tenants/${tenant}${list}/${id}/restore`)
    expect(await offered('present')).toBeNull()
    const before = await http.db.selectFrom('bots').select('generation').where('id', '=', bot).executeTakeFirstOrThrow()
    expect(await restore(first.id)).toMatchObject({ status: 202, body: { id: first.id } })
    const after = await http.db.selectFrom('bots').select('generation').where('id', '=', bot).executeTakeFirstOrThrow()
    expect(after.generation).toBe(before.generation + 1)
    const asks = { botId: bot, tenantId: tenant, volumeId: volume, bootId: randomUUID(), sessionOpen: false }
    // At a new epoch only, though the volume is the same.
    expect(await requestGrant({ db: http.db, maxStarting: 100 }, asks)).toMatchObject({ granted: true, epoch: 2 })
    const offers = [await offered('present'), await offered('none')]
    expect(offers).toMatchObject([{ snapshot_id: first.id }, { snapshot_id: first.id }])
    expect(offers[0]?.wish).toBe(offers[1]?.wish)
    await restore(first.id)
    expect((await offered('present'))?.wish).not.toBe(offers[0]?.wish)
    await say('POST', `${first.id}/restored?${grant(3)}`, {})
    expect(await offered('present')).toBeNull()
    // One that turns out to be damaged is wanted no more, and says so.
    await restore(first.id)
    expect((await listed()).map((one) => one.restore_failed_at)).toEqual([null, null])
    await say('POST', `${first.id}/unusable?${grant(4)}`, { error: 'damaged' })
    expect(await offered('present')).toBeNull()
    expect((await listed()).map((one) => one.restore_failed_at)).toEqual([null, expect.any(String)])
    expect(await offered('none')).toEqual(expect.objectContaining({ snapshot_id: second.id }))
    expect(await restore(first.id)).toMatchObject({ status: 409, body: { code: 'conflict', detail: expect.stringContaining('damaged') } })
    expect(await restore(randomUUID())).toMatchObject({ status: 404 })
    await http.call('POST', `/api/v1/tenants/${tenant}/bot/stop`)
    expect(await restore(second.id)).toMatchObject({ status: 409, body: { code: 'bot_not_running' } })
  })

  it('is not gone back to when its bytes are not there, nor an hour after people wanted it', async () => {
    const { id } = await ask()
    await bring(id, randomBytes(10))
    const restore = () => http.call('POST', `/api/v1/tenants/${tenant}${list}/${id}/restore`)
    const [file] = filesOf()
    const [place, bytes] = [path.join(file!.parentPath, file!.name), readFileSync(path.join(file!.parentPath, file!.name))]
    rmSync(place)
    const botRow = () => http.db.selectFrom('bots').select(['generation', 'restore_from']).where('id', '=', bot).executeTakeFirstOrThrow()
    const before = await botRow()
    expect(await restore()).toMatchObject({ status: 409, body: { detail: expect.stringContaining('not in the vault') } })
    expect(await botRow()).toEqual(before)
    writeFileSync(place, bytes)
    expect(await restore()).toMatchObject({ status: 202 })
    await endOldRestores(http.db)
    expect(await offered('present')).toMatchObject({ snapshot_id: id })
    const asked = (minutesAgo: number) =>
      http.db
        .updateTable('bots')
        .set({ restore_asked_at: new Date(Date.now() - minutesAgo * 60_000) })
        .where('id', '=', bot)
        .execute()
    await asked(59)
    await endOldRestores(http.db)
    expect(await offered('present')).toMatchObject({ snapshot_id: id })
    await asked(61)
    await endOldRestores(http.db)
    expect(await offered('present')).toBeNull()
    expect((await listed())[0]).toMatchObject({ restore_failed_at: expect.any(String), void_at: null })
  })
})
