import type { BeatFrame, BotCommand, BotEvent, DownFrame, EngineName, MediaLimits } from '@zaptria/contract'
import { LINK_MAX_FRAME_BYTES, LINK_PROTOCOL, LinkClose, UpFrame } from '@zaptria/contract'
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import type { RawData, WebSocket } from 'ws'
import { snapshotToRestore } from '../store/snapshots.ts'
import { requestGrant } from '../grants/index.ts'
import type { IngestQueue } from '../ingest/queue.ts'
import type { Ingested } from '../ingest/types.ts'
import type { Hints } from '../live/hints.ts'
import type { Metrics } from '../metrics.ts'
import { commandReplied } from '../store/commands.ts'
import type { Db } from '../store/db.ts'
import { linkUp } from '../store/link.ts'
import type { LinkedState } from '../store/link.ts'
import { oustedSaid } from '../store/ousted.ts'
import type { Handout } from './handout.ts'
import { createLane } from './lane.ts'

export type LinkDeps = {
  db: Db
  hints: Hints
  log: Logger
  metrics: Metrics
  replicaId: string
  maxStarting: number
  ingest: IngestQueue
  handout: Handout
  /** How large files from bots may be. */
  mediaLimits: MediaLimits
}

export type LinkEvents = {
  /** Said hello: from now on this is the bot's link, or one aside. */
  opened: (link: Connection) => void
  beat: (botId: string, beat: BeatFrame) => void
}

/** Left behind where the bot was taken from, its instance is told to go as soon as it has delivered what it holds. */
type Aside = { sessionOpen: boolean }

const HELLO_WITHIN_MS = 10_000
/** Events of waiting frames that are taken together: one transaction costs about as much as the next hundred messages. */
const MOST_TOGETHER = 500
/** What waits before the socket is no longer read: TCP tells the bot to slow down. */
const MOST_WAITING = { events: MOST_TOGETHER, bytes: LINK_MAX_FRAME_BYTES, controls: 8 }
const SERVICE_RESTART = 1012
/** A grant that took longer than this to decide would start late: the bot asks again. */
const GRANT_MOST_MS = 10_000

/** One bot's link: reads its frames in order, events and everything else in a lane each, and tells it what its rows say. */
export class Connection {
  readonly id = randomUUID()
  readonly bot: { id: string; tenantId: string }
  volumeId = ''
  #heardAt = performance.now()
  readonly #deps: LinkDeps
  readonly #events: LinkEvents
  readonly #socket: WebSocket
  readonly #log: Logger
  readonly #helloTimer: NodeJS.Timeout
  readonly #eventLane = createLane((error) => this.#failed(error))
  readonly #controlLane = createLane((error) => this.#failed(error))
  /** Of frames that came while an earlier batch was being stored. */
  readonly #waiting: { events: readonly BotEvent[]; bytes: number }[] = []
  /** A turn will take what waits: one for each frame would come one by one with nothing to do, long after its events were stored. */
  #turnAsked = false
  /** Messages and changes that the bot was told on this link, and has yet to reply to. */
  readonly #told = new Set<string>()
  #bootId = ''
  #engine: EngineName = 'wwebjs'
  #place: number | undefined
  #moves = 0
  #aside: Aside | null = null
  #pacing: unknown
  #ready = false
  /** The hello was taken, or never will be. */
  readonly #greeted = Promise.withResolvers<void>()
  #delivering = false
  #deliverAgain = false

  constructor(deps: LinkDeps, events: LinkEvents, bot: { id: string; tenantId: string }, socket: WebSocket) {
    this.#deps = deps
    this.#events = events
    this.bot = bot
    this.#socket = socket
    this.#log = deps.log.child({ bot: bot.id, tenant: bot.tenantId })
    this.#helloTimer = setTimeout(() => this.close(LinkClose.bad_frame, 'no hello'), HELLO_WITHIN_MS)
    socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary))
    socket.on('pong', () => {
      this.#heardAt = performance.now()
    })
    socket.on('error', (error) => this.#log.debug({ err: error }, 'link socket failed'))
    socket.on('close', () => {
      clearTimeout(this.#helloTimer)
      this.#greeted.resolve()
    })
  }

  /** Of what was left behind on another server. */
  get aside(): boolean {
    return this.#aside !== null
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  /** Milliseconds without a word from the bot; none while we do not listen ourselves. */
  get silentMs(): number {
    return this.#socket.isPaused ? 0 : performance.now() - this.#heardAt
  }

  close(code: number, reason: string): void {
    this.#ready = false
    this.#socket.close(code, reason)
  }

  terminate(): void {
    this.#ready = false
    this.#socket.terminate()
  }

  ping(): void {
    if (this.open) this.#socket.ping()
  }

  /** What the database says of this bot by now. */
  heed(state: LinkedState): void {
    if (!this.#ready) return
    if (state.desired === 'removed') return this.close(LinkClose.gone, 'the bot is not wanted any more')
    if (this.#aside !== null) return
    if (state.link_replica !== null && state.link_replica !== this.#deps.replicaId)
      return this.close(LinkClose.replaced, 'a newer link took over')
    // It comes back at once, and is let in aside.
    if (state.moves !== this.#moves) return this.close(SERVICE_RESTART, 'the bot was started on another server')
    if (!isDeepStrictEqual(state.pacing, this.#pacing)) {
      this.#pacing = state.pacing
      this.#send({ type: 'settings', pacing: state.pacing })
    }
    if (state.work) this.deliver()
  }

  /** Hands out what waits for the bot. Any number of calls at once make one more look. */
  deliver(): void {
    if (!this.#ready || this.#aside !== null) return
    this.#deliverAgain = true
    if (this.#delivering) return
    this.#delivering = true
    void this.#deliverAll()
  }

  async #deliverAll(): Promise<void> {
    try {
      while (this.#deliverAgain && this.#ready) {
        this.#deliverAgain = false
        const commands = await this.#deps.handout({ bot: this.bot, linkId: this.id, volumeId: this.volumeId })
        for (const { id, command } of commands) {
          this.#send({ type: 'command', id, command })
          if (isOfMessage(command)) this.#told.add(id)
          this.#deps.metrics.commands.inc({ kind: command.kind })
        }
      }
    } catch (error) {
      // They may have been taken, and only the answer was lost: the next link begins with them.
      this.#failed(error)
    } finally {
      this.#delivering = false
    }
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    this.#heardAt = performance.now()
    const frame = isBinary ? undefined : parse(data)
    if (frame === undefined) return this.close(LinkClose.bad_frame, 'the frame could not be understood')
    if (frame === 'unknown') return this.#log.info('an unknown kind of frame was ignored')
    if (frame.type === 'hello') return this.#controlLane.add(() => this.#onHello(frame))
    // Always the same lane: a later batch that overtook an earlier one would acknowledge what was never stored.
    if (frame.type === 'events') {
      // Whoever reads them asks for a kind first: one that we do not know is acknowledged, and nothing comes of it.
      this.#waiting.push({ events: frame.events as BotEvent[], bytes: byteLength(data) })
      this.#askTurn()
    } else this.#controlLane.add(() => this.#onFrame(frame))
    this.#holdBack()
  }

  #holdBack(): void {
    let [events, bytes] = [0, 0]
    for (const frame of this.#waiting) {
      events += frame.events.length
      bytes += frame.bytes
    }
    const fill = Math.max(events / MOST_WAITING.events, bytes / MOST_WAITING.bytes, this.#controlLane.size / MOST_WAITING.controls)
    if (fill > 1 && !this.#socket.isPaused) this.#socket.pause()
    else if (fill <= 0.5 && this.#socket.isPaused) {
      this.#heardAt = performance.now()
      this.#socket.resume()
    }
  }

  #askTurn(): void {
    if (this.#turnAsked) return
    this.#turnAsked = true
    this.#eventLane.add(() => this.#takeEvents())
  }

  /** Everything that waits, as far as it may go in one batch. */
  async #takeEvents(): Promise<void> {
    // The hello is taken in the other lane; events may come right behind it.
    await this.#greeted.promise
    const { ingest, metrics } = this.#deps
    let events: readonly BotEvent[] = []
    let timed = (): unknown => undefined
    const taken = ingest({
      bot: this.bot,
      volumeId: this.volumeId,
      events: () => {
        timed = metrics.ingestSeconds.startTimer()
        return (events = this.#takeWaiting())
      },
    })
    const done = await taken.catch((error: unknown) => {
      metrics.ingestFailures.inc()
      throw error
    })
    if (done === null) return
    timed()
    this.#stored(events, done)
  }

  /** What waits of an ended link comes again by the next. */
  #takeWaiting(): readonly BotEvent[] {
    const events = [...(this.#waiting.shift()?.events ?? [])]
    while (this.#waiting[0] !== undefined && events.length + this.#waiting[0].events.length <= MOST_TOGETHER)
      events.push(...this.#waiting.shift()!.events)
    this.#turnAsked = false
    if (this.#waiting.length > 0) this.#askTurn()
    this.#holdBack()
    return this.#ready ? events : []
  }

  async #onFrame(frame: Exclude<UpFrame, { type: 'hello' | 'events' }>): Promise<void> {
    try {
      if (!this.#ready) return
      switch (frame.type) {
        case 'beat':
          if (this.#aside !== null) return await this.#onBeatAside(this.#aside, frame)
          return this.#events.beat(this.bot.id, frame)
        case 'grant_request':
          if (this.#aside !== null) this.#aside.sessionOpen = frame.session_open
          return await this.#onGrantRequest(frame)
        case 'command_reply':
          if (this.#aside !== null) return undefined
          // What comes of these is told by events: that the bot has them changes nothing.
          if (this.#told.delete(frame.id) && frame.ok) return undefined
          return await commandReplied(this.#deps.db, this.bot, frame)
        default:
          return frame satisfies never
      }
    } finally {
      // After this task has left its lane.
      setImmediate(() => this.#holdBack())
    }
  }

  async #onHello(hello: Extract<UpFrame, { type: 'hello' }>): Promise<void> {
    if (this.#ready) return
    clearTimeout(this.#helloTimer)
    if (hello.protocol < LINK_PROTOCOL - 1) return this.close(LinkClose.protocol, `protocol ${LINK_PROTOCOL} is spoken here`)
    this.volumeId = hello.volume_id
    this.#bootId = hello.boot_id
    this.#engine = hello.engine
    this.#place = hello.place
    const start = await linkUp(this.#deps.db, this.bot, {
      volumeId: hello.volume_id,
      bootId: hello.boot_id,
      replicaId: this.#deps.replicaId,
      linkId: this.id,
      place: hello.place,
    })
    if (!this.open) return
    this.#pacing = start.pacing
    this.#moves = start.moves
    this.#aside = start.aside ? { sessionOpen: hello.session_open } : null
    this.#ready = true
    this.#greeted.resolve()
    this.#events.opened(this)
    this.#send({
      type: 'welcome',
      protocol: LINK_PROTOCOL,
      acked_seq: start.ackedSeq,
      pacing: start.pacing,
      media: this.#deps.mediaLimits,
      ...(start.watermarks === null ? {} : { watermarks: start.watermarks }),
    })
    const { volume_id: volume, state, bot_version } = hello
    if (start.aside)
      return this.#log.info({ volume, state, place: hello.place }, 'what was left behind is let in, to deliver what it holds')
    this.#log.info({ volume, state, bot_version }, 'link is up')
    this.deliver()
    await this.#sayChanged(start.version)
  }

  async #onBeatAside({ sessionOpen }: Aside, { outbox_pending }: BeatFrame): Promise<void> {
    const drained = outbox_pending === 0 && !sessionOpen
    await oustedSaid(this.#deps.db, this.bot.id, { place: this.#place, volumeId: this.volumeId, drained })
  }

  #stored(events: readonly BotEvent[], done: Ingested): void {
    for (const event of events) this.#deps.metrics.events.inc({ kind: event.body.kind })
    this.#send({ type: 'events_ack', seq: done.acked })
    // Replies, room in the window, or a session that has become connected.
    if (done.queued > 0 || events.some(({ body }) => body.kind === 'send_result' || body.kind === 'change_result' || body.kind === 'state'))
      this.deliver()
  }

  async #onGrantRequest(frame: Extract<UpFrame, { type: 'grant_request' }>): Promise<void> {
    const since = performance.now()
    const { db, maxStarting, metrics } = this.#deps
    const answer = await requestGrant(
      { db, maxStarting },
      {
        botId: this.bot.id,
        tenantId: this.bot.tenantId,
        volumeId: frame.volume_id,
        bootId: this.#bootId,
        sessionOpen: frame.session_open,
        place: this.#place,
      },
    )
    if (performance.now() - since > GRANT_MOST_MS) return
    metrics.grants.inc({ answer: answer.granted ? 'granted' : answer.reason })
    if (answer.granted) {
      const restore =
        frame.session === undefined
          ? null
          : await snapshotToRestore(this.#deps.db, this.bot.id, { engine: this.#engine, session: frame.session })
      const granted = { epoch: answer.epoch, volume_id: frame.volume_id, ttl_ms: answer.ttlMs, asked_ms: frame.asked_ms }
      this.#send({ type: 'grant', ...granted, ...(restore === null ? {} : { restore }) })
      this.deliver()
    } else {
      this.#send({ type: 'grant_denied', reason: answer.reason, retry_after_ms: answer.retryAfterMs })
    }
  }

  async #sayChanged(version: string): Promise<void> {
    await this.#deps.db
      .transaction()
      .execute((trx) => this.#deps.hints.changed(trx, { noun: 'bot', id: this.bot.id, tenant_id: this.bot.tenantId, version }))
  }

  #send(frame: DownFrame): void {
    if (this.open) this.#socket.send(JSON.stringify(frame))
  }

  /** Most often the database is away: the bot comes back with what was not acknowledged. */
  #failed(error: unknown): void {
    this.#log.warn({ err: error }, 'the link is closed: the database did not do its part')
    this.close(1013, 'try again later')
  }
}

const isOfMessage = ({ kind }: BotCommand): boolean => kind === 'send' || kind === 'react' || kind === 'edit' || kind === 'revoke'

const byteLength = (data: RawData): number => (Array.isArray(data) ? data.reduce((sum, part) => sum + part.byteLength, 0) : data.byteLength)

function parse(data: RawData): UpFrame | 'unknown' | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.concat(data as Buffer[]).toString('utf8'))
    const parsed = UpFrame.safeParse(json)
    if (parsed.success) return parsed.data
    const type = typeof json === 'object' && json !== null && 'type' in json ? json.type : undefined
    const known = UpFrame.options.some((option) => option.shape.type.value === type)
    return typeof type === 'string' && !known ? 'unknown' : undefined
  } catch {
    return undefined
  }
}
