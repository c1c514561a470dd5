import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { event } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { linkScene } from './testing.ts'

const { fixture, replica, dial } = linkScene()
let f: Fixture
beforeAll(() => {
  f = fixture()
})

describe('a grant', () => {
  it('is renewed to its volume, and denied to another until the old one ran out 15 s ago or its holder is gone', async () => {
    const { url } = await replica()
    const t = await f.makeTenant()
    const bot = dial(url, t)
    await bot.next('welcome')
    expect(await bot.grant()).toMatchObject({ epoch: 1 })
    expect(await bot.grant(true)).toMatchObject({ epoch: 1 })
    const volumeId = randomUUID()
    const other = dial(url, t, { volumeId })
    await other.next('welcome')
    other.send({ type: 'grant_request', volume_id: volumeId, session_open: false })
    const denied = await other.next('grant_denied')
    expect(denied.retry_after_ms).toBeGreaterThan(50_000)
    expect(denied.retry_after_ms).toBeLessThanOrEqual(60_000)
    await f.db
      .updateTable('grants')
      .set({ expires_at: new Date(Date.now() - 14_000) })
      .where('bot_id', '=', t.bot.id)
      .execute()
    other.send({ type: 'grant_request', volume_id: volumeId, session_open: false })
    expect((await other.next('grant_denied', 1)).reason).toBe('held_elsewhere')
    await f.db
      .updateTable('grants')
      .set({ expires_at: new Date(Date.now() - 16_000) })
      .where('bot_id', '=', t.bot.id)
      .execute()
    expect(await other.grant()).toMatchObject({ epoch: 2, volume_id: volumeId })
  })

  it('for new openings is given to a few at a time per server; an open session is renewed at once', async () => {
    const { url } = await replica({ maxStarting: 2 })
    await f.db.deleteFrom('grants').execute()
    const tenants = await Promise.all([1, 2, 3, 4].map(() => f.makeTenant()))
    const bots = tenants.map((t) => dial(url, t))
    for (const bot of bots) await bot.next('welcome')
    await bots[0]!.grant()
    await bots[1]!.grant()
    bots[2]!.send({ type: 'grant_request', volume_id: tenants[2]!.volumeId, session_open: false })
    expect(await bots[2]!.next('grant_denied')).toMatchObject({ reason: 'admission' })
    await bots[3]!.grant(true)
    bots[0]!.events(event(1, { kind: 'state', state: 'qr_ready', reason: 'waiting_for_scan' }, 1))
    await bots[0]!.next('events_ack')
    expect(await bots[2]!.grant()).toMatchObject({ epoch: 1 })
  })

  it('is not given to a bot that is to be stopped', async () => {
    const t = await f.makeTenant({ desired: 'stopped' })
    const bot = dial((await replica()).url, t)
    await bot.next('welcome')
    bot.send({ type: 'grant_request', volume_id: t.volumeId, session_open: true })
    expect(await bot.next('grant_denied')).toMatchObject({ reason: 'not_wanted' })
  })
})
