import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { SNAPSHOT_PART_BYTES } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import { requestGrant } from '../grants/index.ts'
import { ingest } from '../ingest/index.ts'
import { endOldRestores, voidSnapshots } from '../store/snapshots.ts'
import { event } from '../testing/fixture.ts'
import type { TestHttp } from './testing.ts'
import { snapshotTests } from './testing-snapshots.ts'

let http: TestHttp
let bots: string
let tenant: string
let bot: string
let token: string
let volume: string
const { manifestOf, list, ask, listed, filesOf, verify, say, offered, grant, bring } = snapshotTests(
  (test) => ({ http, bots, tenant, bot, token, volume } = test),
)

describe('a snapshot in the vault', () => {
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
