import { randomUUID } from 'node:crypto'
import { Flow } from '@zaptria/contract'
import { SAMPLE_FLOW } from '@zaptria/core'
import { waitFor } from '@zaptria/lab/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { ingest } from '../ingest/index.ts'
import { createIngestQueue } from '../ingest/queue.ts'
import { takeCommands } from '../store/commands.ts'
import { linkDown, linkUp } from '../store/link.ts'
import { event, incoming } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { losesTakes } from '../testing/loses-takes.ts'
import { connected, linkScene } from './testing.ts'

const { fixture, replica, dial, botRow, messages } = linkScene()
let f: Fixture
beforeAll(() => {
  f = fixture()
})
const flow = Flow.parse({ ...SAMPLE_FLOW, start: 'tchau' })

describe('a link', () => {
  it('takes frames that came meanwhile together, and leaves no turn behind with nothing to do', async () => {
    const t = await f.makeTenant()
    const queue = createIngestQueue(f)
    const gate = Promise.withResolvers<void>()
    let turns = 0
    const bot = dial(
      (
        await replica({
          ingest: async (telling) => {
            turns += 1
            if (turns === 1) await gate.promise
            return queue(telling)
          },
        })
      ).url,
      t,
    )
    await bot.next('welcome')
    for (let seq = 1; seq <= 100; seq++) bot.events(event(seq, incoming({ body: `oi ${seq}` })))
    // Answered in the other lane, behind them.
    await bot.grant()
    gate.resolve()
    await waitFor(() => bot.of('events_ack').at(-1)?.seq === 100, { what: 'all to be acknowledged' })
    expect(turns).toBe(1)
    for (let seq = 101; seq <= 110; seq++) {
      bot.events(event(seq, incoming({ body: `oi ${seq}` })))
      await waitFor(() => bot.of('events_ack').at(-1)?.seq === seq, { what: 'the next to be acknowledged' })
    }
    expect(turns).toBe(11)
    expect((await messages(t)).map(({ body }) => body)).toEqual(Array.from({ length: 110 }, (_, i) => `oi ${i + 1}`))
  })

  it('takes a bot from its hello to the answered message', async () => {
    const t = await f.makeTenant({ flow })
    const bot = dial((await replica()).url, t)
    expect(await bot.next('welcome')).toMatchObject({ protocol: 1, acked_seq: 0 })
    expect(await bot.grant()).toMatchObject({ epoch: 1, ttl_ms: 45_000 })
    bot.events(event(1, { kind: 'state', state: 'qr_ready', reason: 'waiting_for_scan' }, 1), event(2, { kind: 'qr', qr_code: '2@x' }, 1))
    expect(await bot.next('events_ack')).toMatchObject({ seq: 2 })
    expect(await botRow(t)).toMatchObject({ state: 'qr_ready', qr_code: '2@x' })
    bot.events(event(3, connected, 1), event(4, incoming({ body: 'oi' }), 1))
    const { command, id } = await bot.next('command')
    expect(command).toMatchObject({
      kind: 'send',
      message: { type: 'text', body: 'Obrigado pelo contato. Até logo!' },
      attempt: 1,
      message_id: id,
    })
    const [, reply] = await messages(t)
    expect(reply).toMatchObject({ status: 'handed', attempt: 1 })
    bot.send({ type: 'command_reply', id, ok: true })
    bot.events(
      event(5, { kind: 'send_result', message_id: id, wa_id: reply!.wa_id!, outcome: 'handed' }, 1),
      event(6, { kind: 'ack', wa_id: reply!.wa_id!, chat_id: '5511988887777@c.us', ack: 2 }, 1),
    )
    await waitFor(async () => (await messages(t))[1]?.status === 'delivered', { what: 'the reply to be delivered' })
  })

  it('is refused to a wrong token, an unknown tenant, and a bot that is not wanted any more', async () => {
    const { url } = await replica()
    const t = await f.makeTenant()
    expect(await dial(url, t, { token: `${t.token}x` }).closed()).toEqual({ code: 4401 })
    expect(await dial(url, { ...t, tenantId: randomUUID() }).closed()).toEqual({ code: 4401 })
    expect(await dial(url, await f.makeTenant({ desired: 'removed' })).closed()).toEqual({ code: 4410 })
  })

  it('is closed when the frame cannot be understood; what is merely new is ignored', async () => {
    const { url } = await replica()
    const t = await f.makeTenant()
    const old = dial(url, t, { protocol: 1 })
    await old.next('welcome')
    old.send({ type: 'from_the_future', protocol: 9 })
    old.send({ type: 'events', events: [] })
    expect(await old.closed()).toEqual({ code: 4400 })
    const binary = dial(url, t, { hello: false })
    await waitFor(() => binary.socket.readyState === WebSocket.OPEN, { what: 'the socket to open' })
    binary.socket.send(Buffer.from([1, 2, 3]))
    expect(await binary.closed()).toEqual({ code: 4400 })
    const large = dial(url, t)
    await large.next('welcome')
    large.socket.send('x'.repeat(5 * 1024 * 1024))
    expect(await large.closed()).toEqual({ code: 1009 })
  })

  it('of the same bot replaces the one before, on this replica and on another', async () => {
    const [one, two] = [await replica(), await replica()]
    const t = await f.makeTenant()
    const first = dial(one.url, t)
    await first.next('welcome')
    const second = dial(one.url, t)
    expect(await first.closed()).toEqual({ code: 4409 })
    await second.next('welcome')
    const third = dial(two.url, t)
    await third.next('welcome')
    expect(await second.closed()).toEqual({ code: 4409 })
    expect(one.links.size).toBe(0)
    expect(two.links.size).toBe(1)
    expect((await botRow(t)).link_replica).not.toBeNull()
    third.socket.close()
    await waitFor(async () => (await botRow(t)).link_replica === null, { what: 'the link to be noted as down' })
  })

  it('hands out again what was never taken when the bot comes back, as another attempt', async () => {
    const { url } = await replica()
    const t = await f.makeTenant({ flow })
    const bot = dial(url, t)
    await bot.next('welcome')
    await bot.grant()
    bot.events(event(1, connected, 1), event(2, incoming({ body: 'oi' }), 1))
    await waitFor(() => bot.sends()[0], { what: 'the first attempt' })
    bot.socket.terminate()
    const back = dial(url, t)
    expect(await back.next('welcome')).toMatchObject({ acked_seq: 2 })
    const again = await waitFor(() => back.sends()[0], { what: 'the second attempt' })
    expect(again).toMatchObject({ attempt: 2, wa_id: bot.sends()[0]!.wa_id, message_id: bot.sends()[0]!.message_id })
  })

  it('ends when nobody knows whether commands were taken: the next one begins with them', async () => {
    const losing = losesTakes(f.db)
    const { url } = await replica({ db: losing.db })
    const t = await f.makeTenant({ flow })
    const bootId = randomUUID()
    const bot = dial(url, t, { bootId })
    await bot.next('welcome')
    await bot.grant()
    bot.events(event(1, connected, 1))
    await bot.next('events_ack')
    losing.lose()
    bot.events(event(2, incoming({ body: 'oi' }), 1))
    expect(await bot.closed()).toEqual({ code: 1013 })
    expect(bot.sends()).toEqual([])
    const back = dial(url, t, { bootId })
    expect(await waitFor(() => back.sends()[0], { what: 'the message' })).toMatchObject({ attempt: 2 })
  })

  it('that is not the bot’s last one takes nothing, and its end does not end the other', async () => {
    const t = await f.makeTenant({ flow })
    const hello = { volumeId: t.volumeId, bootId: randomUUID(), replicaId: randomUUID() }
    const [older, newer] = [randomUUID(), randomUUID()]
    await linkUp(f.db, t.bot, { ...hello, linkId: older })
    await linkUp(f.db, t.bot, { ...hello, linkId: newer })
    await ingest(f, t.bot, t.volumeId, [event(1, incoming({ body: 'oi' }))])
    await f.db.updateTable('bots').set({ state: 'connected' }).where('id', '=', t.bot.id).execute()
    expect((await takeCommands(f.db, [{ bot: t.bot, linkId: older, volumeId: t.volumeId }]))[0]).toEqual([])
    expect(await linkDown(f.db, t.bot.id, older)).toBeNull()
    expect(await botRow(t)).toMatchObject({ link_id: newer, link_replica: hello.replicaId })
    expect((await takeCommands(f.db, [{ bot: t.bot, linkId: newer, volumeId: t.volumeId }]))[0]).toHaveLength(1)
  })

  it('waits for a message that somebody looks at, rather than handing out the next one of its chat', async () => {
    const t = await f.makeTenant({ flow })
    const linkId = randomUUID()
    await linkUp(f.db, t.bot, { volumeId: t.volumeId, bootId: randomUUID(), replicaId: randomUUID(), linkId })
    await f.db.updateTable('bots').set({ state: 'connected' }).where('id', '=', t.bot.id).execute()
    await ingest(f, t.bot, t.volumeId, [event(1, incoming({ body: 'oi' })), event(2, incoming({ body: 'olá' }))])
    const replies = (await messages(t)).filter((row) => row.from_me)
    const looking = Promise.withResolvers<void>()
    const locked = Promise.withResolvers<void>()
    const other = f.db.transaction().execute(async (trx) => {
      await trx.selectFrom('messages').select('id').where('id', '=', replies[0]!.id).forUpdate().execute()
      locked.resolve()
      await looking.promise
    })
    await locked.promise
    const taking = takeCommands(f.db, [{ bot: t.bot, linkId, volumeId: t.volumeId }])
    await new Promise((done) => setTimeout(done, 200))
    looking.resolve()
    await other
    expect((await taking)[0]!.map(({ id }) => id)).toEqual(replies.map(({ id }) => id))
  })

  it('finds rows without being told: polling alone suffices', async () => {
    const { url } = await replica({ hints: { ...f.hints, subscribe: () => () => {} } })
    const t = await f.makeTenant()
    const bot = dial(url, t)
    await bot.next('welcome')
    await f.db
      .insertInto('bot_commands')
      .values({
        id: randomUUID(),
        tenant_id: t.tenantId,
        bot_id: t.bot.id,
        command: JSON.stringify({ kind: 'logout' }),
        expires_at: new Date(Date.now() + 60_000),
      })
      .execute()
    expect(await bot.next('command')).toMatchObject({ command: { kind: 'logout' } })
    bot.send({ type: 'command_reply', id: bot.of('command')[0]!.id, ok: false, error: 'not now' })
    const done = () =>
      f.db.selectFrom('bot_commands').selectAll().where('bot_id', '=', t.bot.id).where('done_at', 'is not', null).executeTakeFirst()
    expect(await waitFor(done, { what: 'the refusal to be noted' })).toMatchObject({ error: 'not now' })
    await f.db
      .updateTable('bots')
      .set({ pacing: JSON.stringify({ enabled: false, min_gap_ms: 1, jitter_ms: 0, per_minute: 1, typing_max_ms: 0 }) })
      .where('id', '=', t.bot.id)
      .execute()
    expect(await bot.next('settings')).toMatchObject({ pacing: { per_minute: 1 } })
    await f.db.updateTable('bots').set({ desired: 'removed' }).where('id', '=', t.bot.id).execute()
    expect(await bot.closed()).toEqual({ code: 4410 })
  })

  it('gives messages only to the volume that holds the grant, while its session is connected', async () => {
    const { url } = await replica()
    const t = await f.makeTenant({ flow })
    const bot = dial(url, t)
    await bot.next('welcome')
    await bot.grant()
    bot.events(event(1, incoming({ body: 'oi' }), 1))
    await bot.next('events_ack')
    const other = dial(url, t, { volumeId: randomUUID() })
    await other.next('welcome')
    other.send({ type: 'grant_request', volume_id: randomUUID(), session_open: false })
    expect(await other.next('grant_denied')).toMatchObject({ reason: 'held_elsewhere' })
    other.events(event(1, connected, 0))
    await other.next('events_ack')
    expect((await messages(t))[1]).toMatchObject({ status: 'queued', attempt: 0 })
    const back = dial(url, t)
    await back.next('welcome')
    back.events(event(2, connected, 1))
    await waitFor(() => back.sends()[0], { what: 'the message' })
  })

  it('keeps a bot’s batches in order, however many it sends at once, takes what waits together, and holds it back', async () => {
    const { url, metrics } = await replica()
    const t = await f.makeTenant()
    const bot = dial(url, t)
    const count = 1200
    await waitFor(() => bot.socket.readyState === WebSocket.OPEN, { what: 'the socket to open' })
    for (let seq = 1; seq <= count; seq += 1) bot.events(event(seq, incoming({ body: String(seq) })))
    await waitFor(() => bot.of('events_ack').at(-1)?.seq === count, { what: 'all to be acknowledged', timeoutMs: 20_000 })
    expect((await messages(t)).map((row) => row.body)).toEqual([...Array(count).keys()].map((n) => String(n + 1)))
    const { values } = await metrics.ingestSeconds.get()
    const batches = values.find(({ metricName }) => metricName?.endsWith('_count'))!.value
    expect(batches).toBeLessThan(count / 4)
  })

  it('stores beats', async () => {
    const { url } = await replica()
    const t = await f.makeTenant()
    const bot = dial(url, t)
    await bot.next('welcome')
    const beat = {
      type: 'beat',
      uptime_s: 1,
      loop_lag_ms: 0,
      rss_bytes: 1,
      browser_rss_bytes: null,
      outbox_pending: 3,
      outbox_set_aside: 0,
    }
    bot.send({ ...beat, disk_free_bytes: null, state: 'starting', reason: 'boot' })
    await waitFor(async () => (await botRow(t)).beat?.outbox_pending === 3, { what: 'the beat to be stored' })
    expect(await botRow(t)).toMatchObject({ state: 'starting', reason: 'boot' })
    // What there is no room to tell as an event.
    bot.send({ ...beat, disk_free_bytes: 0, state: 'failed', reason: 'disk_full' })
    await waitFor(async () => (await botRow(t)).reason === 'disk_full', { what: 'the full disk to be seen' })
    expect(await botRow(t)).toMatchObject({ state: 'failed' })
  })
})
