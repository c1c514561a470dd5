import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, renameSync } from 'node:fs'
import path from 'node:path'
import { SNAPSHOT_LIMITS, SNAPSHOT_PART_BYTES } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import { linkUp } from '../store/link.ts'
import { giveUpSnapshots } from '../store/snapshots.ts'
import type { TestHttp } from './testing.ts'
import { snapshotTests } from './testing-snapshots.ts'

let http: TestHttp
let tenant: string
let bot: string
let volume: string
const { hashOf, manifestOf, list, ask, listed, verify, say, putPart, bring } = snapshotTests(
  (test) => ({ http, tenant, bot, volume } = test),
)

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
})
