import { resolve } from 'node:path'
import type { BotCommand, MediaLimits } from '@zaptria/contract'
import { ConfigError, readConfig, type Config } from './config.ts'
import { loadEngine } from './load-engine.ts'
import type { EngineFactory } from './engine/port.ts'
import { createHttp } from './http/server.ts'
import { installLastResort } from './last-resort.ts'
import { createLogger, type Logger } from './logger.ts'
import { containerMemory } from './memory.ts'
import { createExchange, FileMissingError } from './media/exchange.ts'
import { createMediaFetcher, type FetcherTimings } from './media/fetcher.ts'
import { createMetrics } from './metrics.ts'
import type { CommandReply } from './outbox/commands.ts'
import { waitForDatabase } from './outbox/database.ts'
import { createSteadyClock } from './outbox/clock.ts'
import { createOutbox } from './outbox/outbox.ts'
import { createChanger } from './send/changer.ts'
import { createSender, SENDER_TIMINGS, type SenderTimings } from './send/sender.ts'
import { createGrant } from './session/grant.ts'
import { createRoom } from './room.ts'
import { createRecorder } from './session/recorder.ts'
import { createSession, type Session } from './session/session.ts'
import { createStatus } from './session/status.ts'
import { SESSION_TIMINGS, type SessionTimings } from './session/timings.ts'
import { createHttpSink, HTTP_SINK_TIMINGS, type HttpSinkTimings } from './sinks/http.ts'
import { createLink, LINK_TIMINGS, type Link, type LinkTimings } from './sinks/link.ts'
import { createRestorer } from './snapshot/restore.ts'
import { createSnapshotTaker } from './snapshot/taker.ts'
import { createSnapshotUpload } from './snapshot/upload.ts'
import { createRequests } from './sinks/request.ts'
import { VERSION } from './version.ts'
import { createVitals } from './vitals.ts'
import { createVolumeUsage } from './volume-usage.ts'

const PRUNE_EVERY_MS = 3_600_000
const MB = 1024 * 1024
/** With less than this the page could not keep what it is given to send. */
const LEAST_ROOM_BYTES = MB
/** How long a bot that is being replaced may take to leave the volume. */
const LOCK_PATIENCE_MS = 45_000
/** The parts of a clean stop, together under ten seconds. */
const STOP = { sendsMs: 1_500, drainMs: 1_500, allMs: 9_000 }

export type BotOptions = {
  config: Config
  engine: EngineFactory
  log: Logger
  signal: AbortSignal
  /** The bot has ended by itself: told to stop, or not wanted any more. */
  onEnd: () => void
  sessionTimings?: SessionTimings
  linkTimings?: LinkTimings
  httpTimings?: HttpSinkTimings
  senderTimings?: SenderTimings
  fetcherTimings?: FetcherTimings
  lockPatienceMs?: number
  sendWaitMs?: number
}

/** Wires a bot and starts it. Returns where it listens and how to stop it. */
export const startBot = async (options: BotOptions): Promise<{ port: number; stop: () => Promise<void> }> => {
  const { config, log } = options
  const wallMs = Date.now
  const monotonicMs = (): number => performance.now()
  const random = Math.random
  const dataDir = resolve(config.dataDir)

  const status = createStatus()
  // The listener is up before the volume is: who waits for the lock is alive.
  let session: Session | null = null
  let link: Link | null = null
  let counts = (): { pending: number; setAside: number } => ({ pending: 0, setAside: 0 })
  let volumeBytes = (): { used: number; limit: number | null } => ({ used: 0, limit: config.volumeLimitBytes })
  const metrics = createMetrics({
    state: () => status.get().state,
    outbox: () => counts(),
    volume: () => volumeBytes(),
    linkUp: () => link?.up() ?? false,
  })
  const unavailable: CommandReply = { ok: false, error: 'The bot is still starting.' }
  let sendNow: Parameters<typeof createHttp>[0]['sendNow'] = () => Promise.reject(new Error(unavailable.error))
  let replay = (): number => 0
  const http = createHttp({
    token: config.token,
    status: status.get,
    everUp: () => session?.everUp() ?? false,
    sendNow: (request) => sendNow(request),
    pair: (request) => session?.pair(request) ?? Promise.resolve(unavailable),
    replay: () => replay(),
    ...(options.sendWaitMs === undefined ? {} : { sendWaitMs: options.sendWaitMs }),
    metrics,
    log,
    nowMs: wallMs,
  })
  await http.listen({ host: config.host, port: config.port })
  const address = http.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : config.port
  log.info({ port }, 'listening')

  const db = await waitForDatabase(dataDir, {
    patienceMs: options.lockPatienceMs ?? LOCK_PATIENCE_MS,
    signal: options.signal,
    onDamaged: (keptAs) => log.error({ kept_as: keptAs }, 'the outbox was damaged: a fresh one is begun'),
    onWait: () => {
      status.set({ state: 'starting', reason: 'volume_locked' })
      log.warn({ dir: dataDir }, 'another process holds the volume: waiting for it to leave')
    },
  }).catch(async (error: unknown) => {
    await http.close()
    throw error
  })
  const nowMs = createSteadyClock(db, wallMs)
  const outbox = createOutbox(db, nowMs, wallMs)
  const { volume } = outbox
  counts = outbox.events.counts
  const usage = createVolumeUsage(dataDir)
  const room = createRoom({
    dataDir,
    limitBytes: config.volumeLimitBytes,
    usage,
    outboxBytes: () => outbox.bytes(),
    onNearlyFull: (used, limit) =>
      log.warn(
        { used_mb: Math.round(used / MB), limit_mb: Math.round(limit / MB) },
        'the volume is nearly full: at its limit the session is closed, and messages wait at WhatsApp',
      ),
  })
  volumeBytes = () => ({ used: room.used() ?? outbox.bytes(), limit: config.volumeLimitBytes })
  const grant = createGrant({ volumeId: volume.id, monotonicMs, onEpoch: (epoch) => volume.noteGrant(epoch) })
  const timings = options.sessionTimings ?? SESSION_TIMINGS
  const recorder = createRecorder({
    outbox,
    epoch: grant.epoch,
    log,
    onDisk: (full, dropped) => {
      if (full) session?.diskFull()
      else if (dropped) session?.reread()
      // The control plane had it from a beat that the disk is full; now it wants to know what is so.
      if (!full) recorder.record({ kind: 'state', ...status.get() })
      link?.beat()
    },
    onInvalid: (kind) => metrics.invalidEvents.inc({ kind }),
    deferMs: timings.deferMs,
    deferMaxMs: timings.deferMaxMs,
  })
  const memory = config.container ? () => containerMemory() : () => Promise.resolve(null)
  const access = config.linkUrl === null ? null : { linkUrl: config.linkUrl, token: config.token, tenantId: config.tenantId }
  const restorer =
    access === null ? null : createRestorer({ dataDir, access, grant: () => ({ volume_id: volume.id, epoch: grant.epoch() }), log })
  const theSession = createSession({
    factory: options.engine,
    dataDir,
    outbox,
    recorder,
    status,
    metrics,
    log,
    timings,
    memoryLimitBytes: config.browser.memoryLimitBytes,
    containerMemory: memory,
    freeBytes: () => room.free(),
    grant,
    random,
    nowMs,
    onWanted: () => link?.askGrant(),
    restorer,
    onOpen: () => {
      sender.wake()
      changer.wake()
      fetcher?.wake()
    },
  })
  session = theSession
  const exchange = access === null ? null : createExchange(access)
  const snapshots =
    access === null
      ? null
      : createSnapshotTaker({
          dataDir,
          engine: theSession.engine,
          engineName: config.engine,
          upload: createSnapshotUpload(access),
          about: () => ({ number: status.get().number ?? null, epoch: grant.epoch(), volume_id: volume.id }),
          freeBytes: () => room.free(),
          log,
        })
  let mediaLimits: MediaLimits | null = null
  // Whoever has no link has nowhere to bring files to.
  const fetcher =
    exchange === null
      ? null
      : createMediaFetcher({
          outbox,
          recorder,
          engine: theSession.engine,
          limits: () => mediaLimits,
          exchange,
          log,
          nowMs,
          random,
          ...(options.fetcherTimings === undefined ? {} : { timings: options.fetcherTimings }),
        })
  const sender = createSender({
    outbox,
    recorder,
    engine: theSession.engine,
    reportLocal: config.linkUrl !== null,
    account: () => status.get().number ?? null,
    fetchFile: (file, signal) => exchange?.get(file, signal) ?? Promise.reject(new FileMissingError()),
    onTraffic: theSession.traffic,
    hasRoom: () => room.free() >= LEAST_ROOM_BYTES,
    metrics,
    log,
    pacing: config.pacing,
    timings: options.senderTimings ?? SENDER_TIMINGS,
    nowMs,
    wallMs,
    monotonicMs,
    random,
  })
  const changer = createChanger({
    outbox,
    recorder,
    engine: theSession.engine,
    onTraffic: theSession.traffic,
    log,
    nowMs,
    monotonicMs,
    random,
  })
  sendNow = (request) => sender.sendNow(request)
  status.onChange((now) => {
    recorder.record({ kind: 'state', ...now })
    log.info({ state: now.state, reason: now.reason, detail: now.detail }, 'state')
    link?.beat()
  })

  const command = (body: BotCommand): CommandReply | Promise<CommandReply> => {
    switch (body.kind) {
      case 'send':
        return sender.command(body)
      case 'react':
      case 'edit':
      case 'revoke':
        return changer.command(body)
      case 'pair':
        return theSession.pair(body)
      case 'logout':
        return theSession.logout()
      case 'snapshot':
        return snapshots?.command(body) ?? { ok: false, error: 'This bot brings its snapshots nowhere: it has no link.' }
      case 'stop':
        // The reply leaves first.
        setTimeout(options.onEnd, 50)
        return { ok: true }
      default:
        return body satisfies never
    }
  }

  const vitals = createVitals({ dataDir, volume: () => ({ bytes: room.used(), limitBytes: config.volumeLimitBytes }), memory })
  const stated = () => {
    const { state, reason } = status.get()
    // It cannot be reported as an event: there is no room for one.
    return recorder.diskFull() ? ({ state: 'failed', reason: 'disk_full' } as const) : { state, reason }
  }
  const closeSink = ((): ((signal: AbortSignal) => Promise<void>) => {
    if (config.linkUrl !== null) {
      const theLink = createLink({
        url: config.linkUrl,
        token: config.token,
        tenantId: config.tenantId,
        outbox,
        grant,
        monotonicMs,
        grantWanted: theSession.wanted,
        sessionOpen: theSession.open,
        hello: () => ({ bot_version: VERSION, engine: config.engine, place: config.place, ...stated() }),
        beat: async () => ({ ...(await vitals.read()), browser_rss_bytes: await theSession.memory(), ...stated() }),
        onCommand: command,
        onPacing: (pacing) => sender.setPacing(pacing),
        onMedia: (limits) => {
          mediaLimits = limits
          fetcher?.wake()
        },
        onGone: options.onEnd,
        onPaused: (paused) => metrics.sinkPaused.set(paused ? 1 : 0),
        log,
        random,
        timings: options.linkTimings ?? LINK_TIMINGS,
      })
      link = theLink
      replay = () => outbox.events.replay()
      theLink.start()
      return async (signal) => {
        await theLink.drain(signal)
        theLink.close()
      }
    }
    // Nobody else decides where this bot runs: it grants itself what a control plane would.
    grant.receive({ epoch: Math.max(1, volume.epoch()), volume_id: volume.id, ttl_ms: Number.MAX_SAFE_INTEGER })
    const requests = createRequests()
    const sink = createHttpSink({
      dashboardUrl: config.dashboardUrl ?? '',
      token: config.token,
      tenantId: config.tenantId,
      outbox,
      account: () => status.get().number ?? volume.get('account'),
      metrics,
      log,
      nowMs,
      wallMs,
      random,
      onGone: () => void theSession.stop(),
      post: requests.post,
      timings: options.httpTimings ?? HTTP_SINK_TIMINGS,
    })
    replay = () => {
      const events = outbox.events.replay()
      sink.wake()
      return events
    }
    sink.start()
    return async (signal) => {
      await sink.close(signal)
      requests.close()
    }
  })()
  theSession.start()
  const pruning = setInterval(() => outbox.prune(), PRUNE_EVERY_MS)

  const stop = async (): Promise<void> => {
    clearInterval(pruning)
    await snapshots?.close()
    await fetcher?.close()
    const patience = AbortSignal.timeout(STOP.sendsMs)
    await Promise.all([sender.close(patience), changer.close(patience)])
    await theSession.stop()
    recorder.flush()
    await closeSink(AbortSignal.timeout(STOP.drainMs))
    recorder.close()
    vitals.close()
    usage.close()
    await http.close()
    // Last: until here the volume's lock keeps a successor from the session.
    outbox.close()
  }
  let stopped: Promise<void> | null = null
  return { port, stop: () => (stopped ??= stop()) }
}

/** The program: environment in, exit code out. */
const main = async (): Promise<void> => {
  let config: Config
  try {
    config = readConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(2)
  }
  const log = createLogger({ level: config.logLevel, tenantId: config.tenantId })
  const starting = new AbortController()
  let bot: Awaited<ReturnType<typeof startBot>> | null = null
  let leaving = false
  const leave = (why: string): void => {
    if (leaving) return
    leaving = true
    log.info({ why }, 'stopping')
    starting.abort()
    setTimeout(() => {
      log.error('the clean stop took too long')
      process.exit(1)
    }, STOP.allMs).unref()
    void (bot?.stop() ?? Promise.resolve()).then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the stop was not clean')
        process.exit(1)
      },
    )
  }
  installLastResort({ log, close: async () => bot?.stop(), patienceMs: 5_000, exit: (code) => process.exit(code) })
  process.on('SIGTERM', () => leave('SIGTERM'))
  process.on('SIGINT', () => leave('SIGINT'))
  if (config.exitWithStdin) {
    process.stdin.on('end', () => leave('standard input closed'))
    process.stdin.on('error', () => leave('standard input closed'))
    process.stdin.resume()
  }
  try {
    bot = await startBot({ config, engine: await loadEngine(config), log, signal: starting.signal, onEnd: () => leave('told to stop') })
    if (leaving) await bot.stop()
  } catch (error) {
    if (leaving) process.exit(0)
    log.fatal({ err: error }, error instanceof Error ? error.message : 'the bot cannot start')
    process.exit(1)
  }
}

if (import.meta.main) {
  const [part, dir] = process.argv.slice(2)
  // Loaded only then: it brings the browser's library along, which a simulated bot does without.
  if (part === 'prove' && dir !== undefined) await (await import('./snapshot/prove.ts')).proveMain(resolve(dir))
  else await main()
}
