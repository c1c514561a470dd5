import { describe, expect, it } from 'vitest'
import { requestGrant } from '../grants/index.ts'
import type { Fixture } from '../testing/fixture.ts'
import { makeStoredSnapshot } from '../testing/snapshots.ts'
import { uuidv7 } from '../uuid.ts'
import { watchServers } from './servers.ts'
import { ago, log, serversTests } from '../testing/servers.ts'
import type { ServersTest } from '../testing/servers.ts'

const POLICY = { suspectMs: 15_000, giveUpMs: 60_000, trustMs: 600_000 }

let f: ServersTest['f']
let metrics: ServersTest['metrics']
const { addServer, server, set, silentFor, heard, ran } = serversTests((test) => ({ f, metrics } = test))
const watch = (maxStarting = 4) => watchServers({ db: f.db, hints: f.hints, log, metrics, policy: POLICY, maxStarting })
const bot = (id: string) => f.db.selectFrom('bots').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const alertsOf = (subject: string) =>
  f.db.selectFrom('alerts').selectAll().where('fingerprint', 'like', `%:${subject}`).where('resolved_at', 'is', null).execute()

describe('a silent server', () => {
  it('is suspected, then given up, and said to be so; nothing is done when it is heard again in time', async () => {
    const other = await addServer('two')
    await heard(other)
    await silentFor(f.serverId, 16)
    await watch()
    expect(await server(f.serverId)).toMatchObject({ state: 'suspected', version: '2' })
    const [suspected] = await alertsOf(f.serverId)
    expect(suspected).toMatchObject({ kind: 'server_silent', severity: 'warning' })
    expect(suspected?.detail).toMatch(/^the server one has not been heard since /)
    await watch()
    expect((await alertsOf(f.serverId))[0]).toMatchObject({ count: 1 })
    await heard(f.serverId, 0, { state: 'suspected' })
    await watch()
    expect(await server(f.serverId)).toMatchObject({ state: 'well' })
    expect(await alertsOf(f.serverId)).toEqual([])

    await silentFor(f.serverId, 61, { state: 'suspected' })
    await watch()
    expect(await server(f.serverId)).toMatchObject({ state: 'given_up' })
    expect((await alertsOf(f.serverId))[0]).toMatchObject({
      severity: 'critical',
      detail: 'the server one was given up: its bots are started elsewhere',
    })
    expect(await f.db.selectFrom('audit').select(['actor', 'action', 'detail']).execute()).toEqual([
      { actor: 'failover', action: 'server.give_up', detail: { server: 'one', bots: 0 } },
    ])
    expect(await metrics.registry.metrics()).toContain('zaptria_servers{name="one",state="given_up"} 1')
    // One that is not there any more, or has another name, is not told of.
    await set(f.serverId, { name: 'renamed' })
    await watch()
    expect(await metrics.registry.metrics()).toContain('zaptria_servers{name="renamed",state="given_up"} 1')
    expect(await metrics.registry.metrics()).not.toContain('zaptria_servers{name="one"')
  })

  it('that was given up is trusted again when it was heard for long, counted from then', async () => {
    await heard(f.serverId, 3_600, { state: 'given_up', state_at: ago(599) as never })
    await watch()
    expect(await server(f.serverId)).toMatchObject({ state: 'given_up' })
    await heard(f.serverId, 3_600, { state: 'given_up', state_at: ago(601) as never })
    await watch()
    expect(await server(f.serverId)).toMatchObject({ state: 'well' })
    expect(await alertsOf(f.serverId)).toEqual([])
  })

  it.each(['automatic', 'ask', 'never'] as const)('that was given up stays so for as long as it is silent (%s)', async (failover) => {
    await heard(await addServer('two'))
    await silentFor(f.serverId, 900, { failover, state: 'given_up', state_at: ago(840) as never })
    await watch()
    expect(await server(f.serverId)).toMatchObject({ state: 'given_up' })
  })

  it.each([
    ['by people, when they are to be asked', 'ask', 'start its bots elsewhere with: zaptria servers give-up one'],
    ['never, where that is wanted', 'never', 'its bots stay with it'],
  ] as const)('is given up %s', async (_, failover, says) => {
    await heard(await addServer('two'))
    await silentFor(f.serverId, 61, { failover })
    await watch()
    expect(await server(f.serverId)).toMatchObject({ state: 'suspected' })
    const [alert] = await alertsOf(f.serverId)
    expect(alert?.severity).toBe('critical')
    expect(alert?.detail).toContain(says)
  })

  it('is not given up while no other is heard', async () => {
    const other = await addServer('two')
    await silentFor(other, 5)
    await silentFor(f.serverId, 61)
    await watch()
    expect(await server(f.serverId)).toMatchObject({ state: 'suspected' })
    expect((await alertsOf(f.serverId))[0]?.detail).toContain('no other server is heard')
    // One that was heard long ago, and that nobody listens to any more, is not heard.
    await heard(other, 3_600, { listened_at: ago(31) as never })
    await watch()
    expect(await server(f.serverId)).toMatchObject({ state: 'suspected' })
  })

  it('that nobody listens to does not grow more silent', async () => {
    await heard(await addServer('two'))
    await silentFor(f.serverId, 100, { listened_at: ago(90) as never })
    await watch()
    expect(await server(f.serverId)).toMatchObject({ state: 'well' })
  })
})

describe('the bots of a server that was given up', () => {
  const grantOf = (t: Awaited<ReturnType<Fixture['makeTenant']>>, volumeId: string, place?: number) =>
    requestGrant(
      { db: f.db, maxStarting: 9 },
      { botId: t.bot.id, tenantId: t.tenantId, volumeId, bootId: uuidv7(), sessionOpen: true, place },
    )

  it('are started elsewhere, under a grant that waits for the old one, and it is said why', async () => {
    const other = await addServer('two')
    await heard(other)
    await silentFor(f.serverId, 61)
    const t = await f.makeTenant()
    expect(await grantOf(t, t.volumeId, 0)).toMatchObject({ granted: true, epoch: 1 })
    const beat = { outbox_pending: 3, outbox_oldest_ms: 400 }
    await ran(t, {
      beat: JSON.stringify(beat),
      attempts: 5,
      due_at: new Date(Date.now() + 3_600_000),
      lease_until: new Date(Date.now() + 60_000),
    })
    await watch()
    expect(await bot(t.bot.id)).toMatchObject({
      server_id: other,
      moves: 1,
      generation: 2,
      attempts: 0,
      state: 'starting',
      instance_state: 'absent',
      instance_generation: null,
      started_at: null,
      link_replica: null,
      lease_until: null,
      number: '5511900000001',
    })
    expect((await bot(t.bot.id)).due_at.getTime()).toBeLessThanOrEqual(Date.now())
    expect(await f.db.selectFrom('ousted_bots').selectAll().execute()).toMatchObject([
      { bot_id: t.bot.id, server_id: f.serverId, volume_id: t.volumeId, epoch: 1, place: 0, gone_at: null },
    ])
    const [alert] = await alertsOf(t.bot.id)
    expect(alert).toMatchObject({ kind: 'bot_moved', severity: 'critical', tenant_id: t.tenantId })
    expect(alert?.detail).toMatch(
      /^from one to two, because one fell silent; 3 events waited in its outbox, the oldest for 0\.4 s, as it said 120 s before; there is no snapshot/,
    )

    // What was left behind is not even given what it held; what is new waits until that has run out.
    expect(await grantOf(t, t.volumeId, 0)).toEqual({ granted: false, reason: 'held_elsewhere', retryAfterMs: 5_000 })
    expect(await grantOf(t, t.volumeId)).toMatchObject({ granted: false, reason: 'held_elsewhere' })
    const fresh = uuidv7()
    const waits = await grantOf(t, fresh, 1)
    expect(waits).toMatchObject({ granted: false, reason: 'held_elsewhere' })
    if (!waits.granted) expect(waits.retryAfterMs).toBeGreaterThan(55_000)
    await f.db
      .updateTable('grants')
      .set({ expires_at: ago(16) as never })
      .execute()
    expect(await grantOf(t, fresh, 1)).toMatchObject({ granted: true, epoch: 3 })
  })

  it('come back to the session of their newest snapshot', async () => {
    await heard(await addServer('two'))
    await silentFor(f.serverId, 61)
    const t = await f.makeTenant()
    await ran(t)
    await makeStoredSnapshot(f.db, { id: t.bot.id, tenantId: t.tenantId })
    await watch()
    const [alert] = await alertsOf(t.bot.id)
    expect(alert).toMatchObject({ kind: 'bot_moved', severity: 'warning' })
    expect(alert?.detail).toContain('its session comes from the snapshot of ')
  })

  it('go a few at a time, most valuable first', async () => {
    const other = await addServer('two')
    await heard(other)
    const quiet = await f.makeTenant()
    const busy = await f.makeTenant()
    const late = await f.makeTenant()
    const waiting = await f.makeTenant()
    for (const t of [quiet, busy, late]) await ran(t)
    await ran(waiting, { state: 'qr_ready', reason: 'waiting_for_scan' })
    await f.db.updateTable('tenants').set({ subscription: 'past_due' }).where('id', '=', late.tenantId).execute()
    const contact = uuidv7()
    await f.db.insertInto('contacts').values({ id: contact, tenant_id: busy.tenantId }).execute()
    await f.db
      .insertInto('conversations')
      .values({ id: uuidv7(), tenant_id: busy.tenantId, bot_id: busy.bot.id, contact_id: contact, chat_id: '5511988887777@c.us' })
      .execute()
    await silentFor(f.serverId, 61)
    const order: string[] = []
    for (let look = 1; look <= 4; look++) {
      await watch(1)
      const moved = await f.db.selectFrom('bots').select(['id', 'tenant_id']).where('server_id', '=', other).execute()
      expect(moved).toHaveLength(look)
      order.push(...moved.map(({ tenant_id }) => tenant_id).filter((id) => !order.includes(id)))
      // The one before has to be up first.
      await watch(1)
      expect(await f.db.selectFrom('bots').select('id').where('server_id', '=', other).execute()).toHaveLength(look)
      await f.db
        .updateTable('bots')
        .set({ link_replica: uuidv7(), last_beat_at: ago(0) as never })
        .where('server_id', '=', other)
        .execute()
    }
    expect(order).toEqual([busy, quiet, late, waiting].map((t) => t.tenantId))
  })

  it('stay where they live, are not wanted, or are not ours; and one that is wanted again later goes then', async () => {
    const other = await addServer('two')
    await heard(other)
    const lives = await f.makeTenant()
    await ran(lives, { last_beat_at: ago(5) as never })
    const stopped = await f.makeTenant({ desired: 'stopped' })
    const foreign = await f.makeTenant({ transport: 'http' })
    const removed = await f.makeTenant({ desired: 'removed' })
    await silentFor(f.serverId, 61, { state: 'given_up' })
    await watch()
    expect(await f.db.selectFrom('bots').select('id').where('server_id', '=', other).execute()).toEqual([])
    await f.db.updateTable('bots').set({ desired: 'running' }).where('id', '=', stopped.bot.id).execute()
    await watch()
    expect(await f.db.selectFrom('bots').select('id').where('server_id', '=', other).execute()).toEqual([{ id: stopped.bot.id }])
    expect((await bot(foreign.bot.id)).server_id).toBe(f.serverId)
    expect((await bot(removed.bot.id)).server_id).toBe(f.serverId)
  })

  it('that no server takes stay, somebody is told, and it is tried again', async () => {
    const other = await addServer('two')
    await heard(other, 3_600, { cordoned: true })
    await silentFor(f.serverId, 61)
    const t = await f.makeTenant()
    await ran(t)
    await watch()
    await watch()
    expect((await bot(t.bot.id)).server_id).toBe(f.serverId)
    expect(await alertsOf(t.bot.id)).toMatchObject([{ kind: 'bot_not_made', severity: 'critical', count: 1 }])
    await set(other, { cordoned: false })
    await watch()
    expect((await bot(t.bot.id)).server_id).toBe(other)
  })

  it('never go back to where an instance of theirs may still be', async () => {
    const [two, three] = [await addServer('two'), await addServer('three')]
    await heard(two)
    await silentFor(f.serverId, 61)
    const t = await f.makeTenant()
    await ran(t)
    await watch()
    expect((await bot(t.bot.id)).server_id).toBe(two)
    await ran(t)
    await heard(f.serverId)
    await silentFor(two, 61)
    await watch()
    expect((await bot(t.bot.id)).server_id).toBe(two)
    await heard(three)
    await watch()
    expect(await bot(t.bot.id)).toMatchObject({ server_id: three, moves: 2 })
    // Gone from there by now, it may go there again, onto another volume.
    await f.db
      .updateTable('ousted_bots')
      .set({ gone_at: ago(0) as never })
      .where('server_id', '=', f.serverId)
      .execute()
    await ran(t)
    await silentFor(three, 61)
    await watch()
    expect(await bot(t.bot.id)).toMatchObject({ server_id: f.serverId, moves: 3 })
  })
})
