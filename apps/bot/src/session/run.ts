import { withDeadline } from '../engine/deadline.ts'
import { messageOf, reasonOf } from '../engine/error.ts'
import type { Engine, EngineEvent, EngineFactory } from '../engine/port.ts'
import type { Logger } from '../logger.ts'
import type { ContainerMemory } from '../memory.ts'
import type { Metrics } from '../metrics.ts'
import { isDiskFull } from '../outbox/database.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { createCatchUp } from './catch-up.ts'
import type { Ending } from './ending.ts'
import { profileDirOf, scratchDirOf } from './profile.ts'
import type { Recorder } from './recorder.ts'
import type { StatusHolder } from './status.ts'
import type { SessionTimings } from './timings.ts'
import { detailOf, messageEvent, plainEvent } from './translate.ts'
import { createWatch } from './watch.ts'

export type RunOptions = {
  factory: EngineFactory
  dataDir: string
  outbox: Outbox
  recorder: Recorder
  status: StatusHolder
  metrics: Metrics
  log: Logger
  timings: SessionTimings
  /** For the browser alone. */
  memoryLimitBytes: number
  /** Of the container, when there is one. */
  containerMemory: () => Promise<ContainerMemory | null>
  /** On the volume's disk. */
  freeBytes: () => number
  /** A code is wanted for this phone instead of a QR. */
  pairWithPhone: string | null
  /** The state before has more to say than "starting": it stays until the engine gets further. */
  keepState: boolean
  /** Why the page has to be loaded anew although it answers; null = it has not. */
  stuck: () => string | null
  onUp: () => void
  onConnected: () => void
  /** Messages can flow: connected, and caught up with what was missed. */
  onOpen: () => void
}

/** One engine instance from its opening to its end. */
export const startRun = (options: RunOptions) => {
  const { outbox, recorder, status, timings, log } = options
  const over = Promise.withResolvers<Ending>()
  const opening = new AbortController()
  let ended = false
  let connected = false
  let doubted = false
  const shown = { qr: false, code: false }
  let lastTrafficAt = performance.now()

  const end = (ending: Ending): void => {
    if (ended) return
    ended = true
    connected = false
    opening.abort()
    catchUp.interrupt()
    watch.close()
    over.resolve(ending)
  }

  const onState = (event: Extract<EngineEvent, { kind: 'state' }>): void => {
    if (event.state === 'starting' && options.keepState) return
    const { volume } = outbox
    if (event.state === 'qr_ready') volume.noteUnpaired()
    if (event.state === 'pairing' || event.state === 'syncing' || event.state === 'connected') volume.noteScanned()
    const entered = event.state === 'connected' && !connected
    if (connected && event.state !== 'connected') catchUp.interrupt()
    connected = event.state === 'connected'
    const before = status.get()
    const number = event.number ?? before.number
    const name = event.name ?? before.name
    const linked = ['syncing', 'connected', 'reconnecting'].includes(event.state)
    status.set({
      state: event.state,
      reason: event.reason,
      ...detailOf(event.detail),
      ...(linked && number !== undefined ? { number } : {}),
      ...(linked && name !== undefined ? { name } : {}),
    })
    watch.state(event.state)
    // A page takes its time to load.
    recorder.awaitMissing()
    if (!entered) return
    volume.noteConnected(number ?? null)
    catchUp.start()
    options.onConnected()
  }

  const emit = (event: EngineEvent): void => {
    // An engine that is over has nothing to say about the one that followed it.
    if (ended) return
    options.metrics.events.inc({ kind: event.kind })
    switch (event.kind) {
      case 'state':
        return onState(event)
      case 'ended':
        return end({ state: event.state, reason: event.reason, ...detailOf(event.detail) })
      case 'message': {
        lastTrafficAt = performance.now()
        if (event.message.fromMe && outbox.sends.ours(event.message.waId)) return
        return catchUp.heard(messageEvent(event.message))
      }
      case 'qr':
        if (event.qr !== null) outbox.volume.noteUnpaired()
        shown.qr = event.qr !== null
        return recorder.record(plainEvent(event, engine.name))
      case 'pairing_code':
        if (event.code !== null) outbox.volume.noteUnpaired()
        shown.code = event.code !== null
        return recorder.record(plainEvent(event, engine.name))
      case 'unreadable':
        log.error({ what: event.what }, 'a message came that this engine cannot read')
        return options.metrics.invalidEvents.inc({ kind: 'message' })
      case 'ack':
      case 'change':
      case 'probe':
        return recorder.record(plainEvent(event, engine.name))
    }
  }

  /** Once per page: what the one before had and did not get rid of is looked up in this one. */
  const doubt = (): void => {
    if (doubted) return
    try {
      outbox.sends.doubtUnacked()
      doubted = true
    } catch (error) {
      if (!isDiskFull(error)) throw error
    }
  }

  const engine: Engine = options.factory({
    profileDir: profileDirOf(options.dataDir),
    scratchDir: scratchDirOf(options.dataDir),
    emit,
    log,
    ...(options.pairWithPhone === null ? {} : { pairWithPhone: options.pairWithPhone }),
  })
  const catchUp = createCatchUp({
    engine,
    volume: outbox.volume,
    recorder,
    isOurs: outbox.sends.ours,
    retryMs: timings.catchUpRetryMs,
    patienceMs: timings.deferMs,
    patienceMaxMs: timings.deferMaxMs,
    onOpen: () => {
      doubt()
      options.onOpen()
    },
    log,
  })
  const watch = createWatch({
    engine,
    timings,
    log,
    memoryLimitBytes: options.memoryLimitBytes,
    containerMemory: options.containerMemory,
    freeBytes: options.freeBytes,
    quiet: () => performance.now() - lastTrafficAt > timings.quietMs,
    stuck: options.stuck,
    end,
  })

  const open = async (): Promise<void> => {
    try {
      await withDeadline(engine.open(opening.signal), timings.openMs, 'opening the engine')
      if (ended) return
      options.onUp()
      watch.start()
    } catch (error) {
      end({ state: 'failed', reason: reasonOf(error, 'page_timeout'), detail: messageOf(error).slice(0, 1000) })
    }
  }
  watch.state('starting')
  const opened = open()

  const close = async (): Promise<void> => {
    try {
      await withDeadline(Promise.all([engine.close(), opened]), timings.closeMs, 'closing the engine')
    } catch (error) {
      log.error({ err: error }, 'the engine did not close')
    }
  }

  return {
    engine,
    end,
    /** Messages can flow. */
    open: (): boolean => connected && catchUp.open(),
    /** Somebody looks at the QR: it goes on for another while. */
    looked: (): void => watch.looked(),
    traffic: (): void => void (lastTrafficAt = performance.now()),
    /** A gap has opened by another way: messages could not be stored. */
    reread(): void {
      catchUp.interrupt()
      if (connected) catchUp.start()
    },
    /** Resolves when the instance is over and nothing of it runs any more. */
    result: over.promise.then(async (ending) => {
      await close()
      // No QR or code of an engine that is gone can be used.
      if (shown.qr) recorder.record({ kind: 'qr', qr_code: null })
      if (shown.code) recorder.record({ kind: 'pairing_code', code: null })
      return ending
    }),
  }
}
export type Run = ReturnType<typeof startRun>
