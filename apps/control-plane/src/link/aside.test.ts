import { randomUUID } from 'node:crypto'
import { Flow } from '@zaptria/contract'
import { SAMPLE_FLOW } from '@zaptria/core'
import { waitFor } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import { pino } from 'pino'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { watchServers } from '../due/servers.ts'
import { createMetrics } from '../metrics.ts'
import { event, incoming } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { uuidv7 } from '../uuid.ts'
import { connected, linkScene } from './testing.ts'

const { fixture, replica, dial, botRow, messages } = linkScene()
const flow = Flow.parse({ ...SAMPLE_FLOW, start: 'tchau' })
let f: Fixture
let other: string
beforeAll(async () => {
  f = fixture()
  other = uuidv7()
  await f.db.insertInto('servers').values({ id: other, name: 'other', driver: 'process' }).execute()
})
beforeEach(async () => {
  const now = sql<Date>`now()`
  await f.db
    .updateTable('servers')
    .set({ state: 'well', listened_at: now, well_since: now, silent_since: null })
    .where('id', '=', other)
    .execute()
  await f.db.updateTable('servers').set({ state: 'well', silent_since: null }).where('id', '=', f.serverId).execute()
})

/** Its server falls silent and is given up. */
const moveAway = async (t: Awaited<ReturnType<Fixture['makeTenant']>>) => {
  await f.db
    .updateTable('bots')
    .set({ last_beat_at: sql<Date>`now() - interval '2 minutes'` })
    .where('id', '=', t.bot.id)
    .execute()
  const long = sql<Date>`now() - interval '61 s'`
  await f.db
    .updateTable('servers')
    .set({ listened_at: sql<Date>`now()`, silent_since: long, heard_at: long })
    .where('id', '=', f.serverId)
    .execute()
  const policy = { suspectMs: 15_000, giveUpMs: 60_000, trustMs: 600_000 }
  await watchServers({ db: f.db, hints: f.hints, log: pino({ level: 'silent' }), metrics: createMetrics(), policy, maxStarting: 100 })
  expect(await botRow(t)).toMatchObject({ server_id: other, moves: 1 })
}
const ousted = (t: { bot: { id: string } }) =>
  f.db.selectFrom('ousted_bots').selectAll().where('bot_id', '=', t.bot.id).executeTakeFirstOrThrow()
const beat = (pending: number) => ({
  type: 'beat',
  uptime_s: 1,
  loop_lag_ms: 1,
  rss_bytes: 1,
  browser_rss_bytes: null,
  outbox_pending: pending,
  outbox_set_aside: 0,
  disk_free_bytes: null,
  state: 'connected',
  reason: 'ready',
})

describe('a link of what was left behind', () => {
  it('brings what it holds, is believed nothing about the bot, told nothing, granted nothing, and goes', async () => {
    const { url, links } = await replica()
    const t = await f.makeTenant()
    const old = dial(url, t, { place: 0 })
    await old.next('welcome')
    await old.grant()
    old.events(event(1, connected, 1))
    await old.next('events_ack')
    await moveAway(t)
    // It is told to come again, and is let in aside.
    expect(await old.closed()).toEqual({ code: 1012 })
    const fresh = dial(url, t, { place: 1, volumeId: randomUUID() })
    await fresh.next('welcome')
    const { link_id } = await botRow(t)
    const back = dial(url, t, { place: 0, sessionOpen: true })
    expect(await back.next('welcome')).toMatchObject({ acked_seq: 1 })
    expect(links.size).toBe(1)

    // A message waits for who is asked for: not for this one, though the volume that was granted last is its.
    await f.db.updateTable('bots').set({ state: 'connected' }).where('id', '=', t.bot.id).execute()
    back.events(
      event(2, incoming({ body: 'while away' }), 1),
      event(3, { kind: 'state', state: 'conflict', reason: 'opened_elsewhere' }, 1),
    )
    expect(await back.next('events_ack')).toEqual({ type: 'events_ack', seq: 3 })
    expect((await messages(t)).map(({ body }) => body)).toEqual(['while away'])
    expect(await botRow(t)).toMatchObject({ state: 'connected', link_id })
    back.send({ type: 'grant_request', volume_id: t.volumeId, session_open: true })
    expect(await back.next('grant_denied')).toMatchObject({ reason: 'held_elsewhere', retry_after_ms: 5_000 })

    // Its session is still open: it has more to say.
    back.send(beat(0))
    await waitFor(async () => (await ousted(t)).said_at !== null, { what: 'its word to be noted' })
    expect((await ousted(t)).drained_at).toBeNull()
    back.send({ type: 'grant_request', volume_id: t.volumeId, session_open: false })
    await back.next('grant_denied', 1)
    back.send(beat(2))
    back.send(beat(0))
    await waitFor(async () => (await ousted(t)).drained_at !== null, { what: 'it to have delivered all' })
    expect((await botRow(t)).beat).toBeNull()
    expect(fresh.heard.map(({ type }) => type)).toEqual(['welcome'])
    fresh.socket.close()
    await waitFor(async () => (await botRow(t)).link_id === null, { what: 'the bot’s own link to be down' })
    expect(back.sends()).toEqual([])
  })

  it('is told by its volume where an older bot does not say its place', async () => {
    const { url, links } = await replica()
    const t = await f.makeTenant()
    const old = dial(url, t)
    await old.next('welcome')
    await moveAway(t)
    expect(await old.closed()).toEqual({ code: 1012 })
    const back = dial(url, t)
    await back.next('welcome')
    expect(links.size).toBe(0)
    const fresh = dial(url, t, { volumeId: randomUUID() })
    await fresh.next('welcome')
    expect(links.size).toBe(1)
    expect((await botRow(t)).link_id).not.toBeNull()
    expect(back.socket.readyState).toBe(back.socket.OPEN)
  })

  it('is told when nobody wants the bot any more', async () => {
    const { url } = await replica()
    const t = await f.makeTenant()
    const old = dial(url, t, { place: 0 })
    await old.next('welcome')
    await moveAway(t)
    await old.closed()
    const back = dial(url, t, { place: 0 })
    await back.next('welcome')
    await f.db.updateTable('bots').set({ desired: 'removed' }).where('id', '=', t.bot.id).execute()
    expect(await back.closed()).toEqual({ code: 4410 })
  })

  it('does not take what was handed to it for due again', async () => {
    const { url } = await replica()
    const t = await f.makeTenant({ flow })
    const old = dial(url, t, { place: 0 })
    await old.next('welcome')
    await old.grant()
    old.events(event(1, connected, 1), event(2, incoming({ body: 'oi' }), 1))
    await old.next('events_ack')
    await waitFor(() => old.sends().length === 1, { what: 'the message to be handed' })
    await moveAway(t)
    await old.closed()
    const back = dial(url, t, { place: 0 })
    await back.next('welcome')
    expect((await messages(t))[1]).toMatchObject({ status: 'handed', due_at: null, attempt: 1 })
    const fresh = dial(url, t, { place: 1, volumeId: randomUUID() })
    await fresh.next('welcome')
    await waitFor(async () => (await messages(t))[1]?.due_at !== null, { what: 'it to be due to the new place' })
    expect(back.sends()).toEqual([])
  })
})
