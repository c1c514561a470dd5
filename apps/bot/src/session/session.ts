import { withDeadline } from '../engine/deadline.ts'
import { messageOf } from '../engine/error.ts'
import type { Engine } from '../engine/port.ts'
import type { CommandReply } from '../outbox/commands.ts'
import { afterEnd, type Ending } from './ending.ts'
import type { Restorer } from '../snapshot/restore.ts'
import type { Grant } from './grant.ts'
import { prepareProfile, wipeProfile } from './profile.ts'
import { startRun, type Run, type RunOptions } from './run.ts'
import { noRoom, ROOM_BYTES } from './watch.ts'

export type SessionOptions = Omit<RunOptions, 'pairWithPhone' | 'keepState' | 'stuck' | 'onUp' | 'onConnected'> & {
  nowMs: () => number
  grant: Grant
  random: () => number
  /** The session wants to be opened: ask for the grant now. */
  onWanted: () => void
  /** Puts a session that was copied elsewhere in place; null where there is nowhere to get it from. */
  restorer: Restorer | null
}

/**
 * Keeps one WhatsApp session open: a fresh engine under an unexpired grant, a fresh one again when it ends, or a rest until a person does
 * something. Runs until it is stopped.
 */
export const createSession = (options: SessionOptions) => {
  const { outbox, recorder, status, grant, log, metrics } = options
  const { volume } = outbox
  const stopping = new AbortController()
  let run: Run | null = null
  let parked = false
  let everUp = false
  let wasLinked = false
  let failures = 0
  /** How often in a row a page was loaded anew for unsent messages. */
  let reloads = 0
  let pairWithPhone: string | null = null
  /** The last snapshot that was of no use: whoever offers it again is given time. */
  let declined: string | null = null
  let settledTimer: NodeJS.Timeout | undefined
  const resting = new Set<() => void>()
  let finished: Promise<void> = Promise.resolve()

  /** Ends a rest before its time: there is something to look at again. */
  const wake = (): void => [...resting].forEach((done) => done())

  const rest = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        resting.delete(done)
        resolve()
      }
      const timer = setTimeout(done, stopping.signal.aborted ? 0 : ms)
      resting.add(done)
    })

  const park = async (): Promise<void> => {
    parked = true
    while (parked && !stopping.signal.aborted && volume.get('logout_pending') === null) await rest(3_600_000)
    parked = false
  }

  /** Waits for a disk that a browser can work on. */
  const roomy = async (): Promise<void> => {
    const waits = (): boolean => !stopping.signal.aborted && volume.get('logout_pending') === null
    for (let free = options.freeBytes(); free < ROOM_BYTES.enter && waits(); free = options.freeBytes()) {
      if (status.get().reason !== 'disk_full') status.set(noRoom(free))
      await rest(options.timings.roomCheckMs)
    }
  }

  const granted = async (): Promise<void> => {
    const waits = (): boolean => !grant.valid() && !stopping.signal.aborted && volume.get('logout_pending') === null
    // Once: after a denial the link asks again, when it was told to.
    if (waits()) options.onWanted()
    while (waits()) {
      const denied = grant.denial() !== null && grant.denial() !== 'admission'
      const { detail: _detail, ...now } = status.get()
      const state = now.state === 'conflict' || now.state === 'logged_out' ? now.state : wasLinked ? 'reconnecting' : 'starting'
      status.set({ ...now, state, reason: denied ? 'grant_denied' : 'waiting_for_grant' })
      // A denial changes the grant as well, so this turns once per answer.
      const unsubscribe = grant.onChange(wake)
      await rest(3_600_000)
      unsubscribe()
    }
  }

  const wipe = async (): Promise<void> => {
    await wipeProfile(options.dataDir)
    volume.erase('logout_pending')
    volume.noteUnpaired()
    wasLinked = false
    log.warn('the WhatsApp session was forgotten')
  }

  /**
   * A volume that was never linked is given the session that the control plane has of the bot, if it has one; another one, what people want it to
   * go back to. Until that can be had, a session that is there goes on.
   */
  const restored = async (): Promise<Ending | null> => {
    const offer = grant.restore()
    const linked = volume.everLinked()
    if (offer === null || options.restorer === null || (linked && offer.wish === undefined)) return null
    if (linked && volume.wish() === offer.wish) {
      void options.restorer.confirm(offer, stopping.signal)
      return null
    }
    status.set({ state: linked ? 'reconnecting' : 'starting', reason: 'restoring' })
    try {
      if ((await options.restorer.restore(offer, stopping.signal)) === 'unusable') {
        grant.declineRestore()
        if (declined === offer.snapshot_id) throw new Error('a snapshot was offered again that cannot be used')
        declined = offer.snapshot_id
        return { state: 'starting', reason: 'grant_denied' }
      }
      volume.noteRestored(offer)
      void options.restorer.confirm(offer, stopping.signal)
      wasLinked = true
      return null
    } catch (error) {
      log.warn({ err: error, snapshot: offer.snapshot_id }, 'the session could not be restored yet')
      return linked ? null : { state: 'starting', reason: 'restoring', detail: messageOf(error).slice(0, 1000) }
    }
  }

  const runOnce = async (): Promise<Ending> => {
    const waits = await restored()
    if (waits !== null) return waits
    await prepareProfile(options.dataDir)
    // What was asked for in the meantime found no run to end.
    if (stopping.signal.aborted) return { state: 'starting', reason: 'stopped' }
    if (volume.get('logout_pending') !== null) return { state: 'logged_out', reason: 'logout_by_command' }
    if (!grant.valid()) return { state: 'starting', reason: 'grant_denied' }
    // What made the last engine fail stays to be read until a fresh one gets further.
    if (!wasLinked && failures === 0) status.set({ state: 'starting', reason: 'engine_starting' })
    const phone = pairWithPhone
    pairWithPhone = null
    run = startRun({
      ...options,
      pairWithPhone: phone,
      keepState: wasLinked || failures > 0,
      stuck,
      onUp: () => {
        everUp = true
      },
      onConnected: () => {
        wasLinked = true
        pairWithPhone = null
        clearTimeout(settledTimer)
        settledTimer = setTimeout(() => {
          failures = 0
        }, options.timings.settledMs)
      },
    })
    const ending = await run.result
    run = null
    clearTimeout(settledTimer)
    return volume.get('logout_pending') === null ? ending : { state: 'logged_out', reason: 'logout_by_command' }
  }

  /** A page that has had messages for long, with acknowledgements to come and none coming, may send them when it is loaded anew. */
  const stuck = (): string | null => {
    const { stuckMs, stuckMaxMs } = options.timings
    const since = outbox.sends.unackedSinceMs()
    if (since === null) reloads = 0
    if (since === null || options.nowMs() - since < Math.min(stuckMaxMs, stuckMs * 4 ** reloads)) return null
    reloads += 1
    return 'messages stayed unsent in the page'
  }

  const cycle = async (): Promise<void> => {
    if (volume.get('logout_pending') !== null) {
      await wipe()
      status.set({ state: 'logged_out', reason: 'logout_by_command' })
    }
    await roomy()
    await granted()
    if (stopping.signal.aborted || !grant.valid()) return
    const ending = await runOnce()
    if (stopping.signal.aborted) return
    const next = afterEnd(ending, { failures, wasLinked, paces: options.timings.paces, random: options.random })
    metrics.engineOpens.inc({ after: ending.reason })
    log[next.do === 'again' ? 'warn' : 'error']({ ...ending, next: next.do, failures }, 'the session ended')
    const { number, name } = status.get()
    const known = { ...(number === undefined ? {} : { number }), ...(name === undefined ? {} : { name }) }
    status.set({ ...next.report, ...(next.report.state === 'reconnecting' || next.report.state === 'conflict' ? known : {}) })
    switch (next.do) {
      case 'again':
        if (next.counts) failures += 1
        if (next.waitMs > 0) await rest(next.waitMs)
        return
      case 'wipe':
        failures = 0
        return wipe()
      case 'park':
        failures = 0
        if (next.wipeFirst) await wipe()
        return park()
    }
  }

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await cycle()
      } catch (error) {
        // The volume's disk, most likely. The session layer itself must not end.
        log.error({ err: error }, 'the session layer stumbled')
        await rest(5_000)
      }
    }
  }

  const unsubscribe = grant.onChange(() => {
    const denial = grant.denial()
    // Another volume holds the grant, or nobody wants this bot: two open sessions of one account would throw each other out.
    if (denial === 'held_elsewhere' || denial === 'not_wanted') run?.end({ state: 'reconnecting', reason: 'grant_denied' })
  })

  return {
    start(): void {
      finished = loop()
    },
    /** The engine, while messages can flow. */
    engine: (): Engine | null => (run?.open() === true ? run.engine : null),
    /** The engine's process was up once: from then on the container is healthy, whatever WhatsApp says. */
    everUp: (): boolean => everUp,
    open: (): boolean => run !== null,
    wanted: (): boolean => !parked && !stopping.signal.aborted,
    memory: async (): Promise<number | null> =>
      run === null ? null : await withDeadline(run.engine.memory(), 2_000, 'memory').catch(() => null),
    traffic: (): void => run?.traffic(),
    reread: (): void => run?.reread(),
    /** Nothing can be written on the volume's disk: what a browser has open there would be torn. */
    diskFull: (): void => run?.end(noRoom(options.freeBytes())),
    /** Start pairing again, by a fresh QR or by a code for `phone`; with `look` alone: somebody looks at the QR, and one that rests goes on. */
    async pair(request: { phone?: string | undefined; look?: boolean | undefined }): Promise<CommandReply> {
      const { phone } = request
      const onlyLook = request.look === true && phone === undefined
      const { state, reason } = status.get()
      if (['connected', 'syncing', 'reconnecting', 'conflict'].includes(state)) {
        return onlyLook ? { ok: true } : { ok: false, error: 'The bot is linked already. Log it out first.' }
      }
      if (state === 'pairing') return onlyLook ? { ok: true } : { ok: false, error: 'A phone is being linked right now.' }
      if (onlyLook && parked && reason !== 'qr_paused') return { ok: true }
      if (run === null) {
        if (phone !== undefined) pairWithPhone = phone
        parked = false
        wake()
        return { ok: true }
      }
      run.looked()
      if (onlyLook) return { ok: true }
      if (phone !== undefined && state === 'qr_ready') {
        try {
          // The page can show a code as well as a QR.
          const code = await run.engine.requestPairingCode(phone)
          status.set({ ...status.get(), reason: 'pairing_code_requested' })
          recorder.record({ kind: 'pairing_code', code })
          return { ok: true }
        } catch (error) {
          log.warn({ error: messageOf(error) }, 'no pairing code from this engine: a fresh one is asked')
        }
      }
      if (phone !== undefined) pairWithPhone = phone
      run?.end({ state: 'starting', reason: phone === undefined ? 'waiting_for_scan' : 'pairing_code_requested' })
      return { ok: true }
    },
    /** Unlinks and forgets the session. Noted on disk first: a crash in between must not leave half of it. */
    logout(): CommandReply {
      volume.set('logout_pending', '1')
      const current = run
      if (current === null) wake()
      else {
        void withDeadline(current.engine.logout(), 15_000, 'logging out')
          .catch((error: unknown) =>
            log.warn({ error: messageOf(error) }, 'the account could not be unlinked: the session is forgotten here'),
          )
          .finally(() => current.end({ state: 'logged_out', reason: 'logout_by_command' }))
      }
      return { ok: true }
    },
    /** Ends the engine; resolves when nothing of it runs any more. */
    async stop(): Promise<void> {
      stopping.abort()
      unsubscribe()
      wake()
      run?.end({ state: 'starting', reason: 'stopped' })
      await finished
      clearTimeout(settledTimer)
      const { number: _number, name: _name, detail: _detail, ...rest } = status.get()
      status.set({ ...rest, state: 'starting', reason: 'stopped' })
    },
  }
}
export type Session = ReturnType<typeof createSession>
