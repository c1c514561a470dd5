import { randomUUID } from 'node:crypto'
import {
  BEAT_EVERY_MS,
  DownFrame,
  GRANT_RENEW_MS,
  LINK_MAX_FRAME_BYTES,
  LINK_PROTOCOL,
  LinkClose,
  UNKNOWN_COMMAND,
} from '@zaptria/contract'
import type { BeatFrame, BotCommand, HelloFrame, MediaLimits, Pacing, UpFrame } from '@zaptria/contract'
import { WebSocket } from 'ws'
import type { z } from 'zod'
import type { Logger } from '../logger.ts'
import type { CommandReply } from '../outbox/commands.ts'
import { isDiskFull } from '../outbox/database.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { Grant } from '../session/grant.ts'
import { nextTry, type Closed } from './link-retry.ts'
import { createUplink } from './link-uplink.ts'

const DOWN_TYPES: ReadonlySet<unknown> = new Set(DownFrame.options.map((option) => option.shape.type.value))

/** A snapshot ends with its process: of one that was taken on before, nothing is left. */
const OWN_ROWS: ReadonlySet<BotCommand['kind']> = new Set(['send', 'react', 'edit', 'revoke', 'snapshot'])

export type LinkTimings = {
  beatMs: number
  renewMs: number
  silenceMs: number
  handshakeMs: number
  retry: { baseMs: number; maxMs: number; refusedMs: number }
}
export const LINK_TIMINGS: LinkTimings = {
  beatMs: BEAT_EVERY_MS,
  renewMs: GRANT_RENEW_MS,
  // Two beats without any sign of life: a peer that vanished closes nothing.
  silenceMs: 2.5 * BEAT_EVERY_MS,
  handshakeMs: 10_000,
  retry: { baseMs: 300, maxMs: 15_000, refusedMs: 60_000 },
}

export type LinkOptions = {
  url: string
  token: string
  tenantId: string
  outbox: Outbox
  grant: Grant
  /** The clock that grants are counted on. */
  monotonicMs: () => number
  /** The session wants to be open, or is. */
  grantWanted: () => boolean
  sessionOpen: () => boolean
  hello: () => Omit<z.infer<typeof HelloFrame>, 'type' | 'protocol' | 'boot_id' | 'volume_id' | 'epoch' | 'session_open'>
  beat: () => Promise<Omit<BeatFrame, 'type' | 'outbox_pending' | 'outbox_set_aside' | 'outbox_oldest_ms'>>
  /** Throws when there is no room to write it down. */
  onCommand: (command: BotCommand) => CommandReply | Promise<CommandReply>
  onPacing: (pacing: Pacing) => void
  /** How large files may be that the control plane takes; null: none, for now. */
  onMedia: (limits: MediaLimits | null) => void
  /** The control plane does not want this bot any more. */
  onGone: () => void
  onPaused: (paused: boolean) => void
  log: Logger
  random: () => number
  timings?: LinkTimings
}

/** The bot's connection to the control plane: events go up, commands and grants come down. It dials, again and again, until it is closed. */
export const createLink = (options: LinkOptions) => {
  const { outbox, grant, log } = options
  const timings = options.timings ?? LINK_TIMINGS
  const bootId = randomUUID()
  const uplink = createUplink(outbox.events, log)
  let socket: WebSocket | null = null
  let welcomed = false
  let closed = false
  let attempt = 0
  let refusals = 0
  let retryTimer: NodeJS.Timeout | undefined
  let grantTimer: NodeJS.Timeout | undefined
  let beatTimer: NodeJS.Timeout | undefined
  let heardAt = 0

  const send = (frame: UpFrame): void => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame))
  }

  const askGrant = (): void => {
    clearTimeout(grantTimer)
    grantTimer = setTimeout(askGrant, timings.renewMs)
    if (!welcomed || !options.grantWanted()) return
    const session = outbox.volume.everLinked() ? 'present' : 'none'
    const asked_ms = options.monotonicMs()
    send({ type: 'grant_request', volume_id: outbox.volume.id, session_open: options.sessionOpen(), session, asked_ms })
  }

  const beat = async (): Promise<void> => {
    const ours = socket
    if (ours === null || !welcomed) return
    if (performance.now() - heardAt > timings.silenceMs) {
      log.warn('the control plane has fallen silent: dialling again')
      ours.terminate()
      return
    }
    ours.ping()
    const vitals = await options.beat()
    if (socket !== ours) return
    const { pending, setAside } = outbox.events.counts()
    const outbox_oldest_ms = outbox.events.oldestMs()
    send({ type: 'beat', ...vitals, outbox_pending: pending, outbox_set_aside: setAside, outbox_oldest_ms })
  }
  const beatNow = (): void => void beat().catch((error: unknown) => log.warn({ err: error }, 'no beat this time'))

  const refused = (kind: BotCommand['kind'], error: unknown): CommandReply => {
    log.error({ err: error, kind }, 'a command failed')
    return { ok: false, error: error instanceof Error ? error.message : String(error) }
  }

  /** What cannot be written down is not taken on. The link ends with it, so that the next one begins with it, ahead of those behind it. */
  const carryOut = (body: BotCommand): Promise<CommandReply> => {
    try {
      return Promise.resolve(options.onCommand(body)).catch((error: unknown) => refused(body.kind, error))
    } catch (error) {
      if (isDiskFull(error)) throw error
      return Promise.resolve(refused(body.kind, error))
    }
  }

  const note = (id: string, reply: CommandReply): void => {
    try {
      outbox.commands.note(id, reply)
    } catch (error) {
      if (!isDiskFull(error)) throw error
      // It is done, and its reply is about to leave.
      log.warn({ id }, 'the disk is full: a command was not noted as done')
    }
  }

  /** @param toNote what has its own row says by itself whether it was done; the rest must not be done twice */
  const answer = async (id: string, replied: CommandReply | Promise<CommandReply>, toNote: boolean): Promise<void> => {
    const reply = await replied
    if (toNote) note(id, reply)
    send({ type: 'command_reply', id, ok: reply.ok, ...(reply.ok ? {} : { error: reply.error.slice(0, 1000) }) })
  }

  const command = (id: string, body: BotCommand): void => {
    const known = outbox.commands.find(id)
    void answer(id, known === null ? carryOut(body) : known, known === null && !OWN_ROWS.has(body.kind))
  }

  const receive = (text: string): void => {
    heardAt = performance.now()
    let raw: unknown
    try {
      raw = JSON.parse(text)
    } catch {
      log.warn('a frame that is not JSON was ignored')
      return
    }
    const type = typeof raw === 'object' && raw !== null && 'type' in raw ? raw.type : undefined
    const parsed = DownFrame.safeParse(raw)
    if (!parsed.success) {
      const known = DOWN_TYPES.has(type)
      log.warn(
        { type: String(type), issues: known ? parsed.error.issues.map((issue) => issue.path.join('.')) : undefined },
        'a frame was ignored',
      )
      // A command that cannot be read is refused, so that nobody waits for it.
      if (type === 'command' && 'id' in (raw as object)) {
        const id = (raw as { id: unknown }).id
        if (typeof id === 'string') send({ type: 'command_reply', id, ok: false, error: UNKNOWN_COMMAND })
      }
      return
    }
    const frame = parsed.data
    switch (frame.type) {
      case 'welcome':
        attempt = 0
        refusals = 0
        welcomed = true
        options.onPaused(false)
        options.onPacing(frame.pacing)
        options.onMedia(frame.media ?? null)
        for (const [chat, at] of Object.entries(frame.watermarks ?? {})) outbox.volume.raiseWatermark(chat, at)
        uplink.open(frame.acked_seq, send)
        askGrant()
        beatNow()
        log.info({ acked_seq: frame.acked_seq }, 'the link is up')
        return
      case 'grant':
        grant.receive(frame)
        return
      case 'grant_denied':
        grant.deny(frame.reason)
        clearTimeout(grantTimer)
        grantTimer = setTimeout(askGrant, Math.min(frame.retry_after_ms, 60_000))
        return
      case 'events_ack':
        uplink.acknowledge(frame.seq)
        return
      case 'command':
        command(frame.id, frame.command)
        return
      case 'settings':
        options.onPacing(frame.pacing)
        return
    }
  }

  const dropped = (how: Closed): void => {
    socket = null
    const wasUp = welcomed
    welcomed = false
    options.onMedia(null)
    uplink.close(how.code === LinkClose.bad_frame)
    clearTimeout(grantTimer)
    clearInterval(beatTimer)
    if (closed) return
    const next = nextTry(how, { attempt, refusals, random: options.random, ...timings.retry })
    if (next.kind === 'gone') {
      log.warn('the control plane does not want this bot any more')
      closed = true
      options.onGone()
      return
    }
    if (next.kind === 'refused') {
      refusals += 1
      options.onPaused(true)
      log.error({ ...how, retry_ms: next.waitMs }, 'the control plane refuses this bot: is its token still valid?')
    } else {
      attempt += 1
      log[wasUp ? 'warn' : 'info']({ ...how, retry_ms: next.waitMs }, 'the link is down')
    }
    retryTimer = setTimeout(dial, next.waitMs)
  }

  const dial = (): void => {
    if (closed) return
    const ours = new WebSocket(options.url, {
      headers: { authorization: `Bearer ${options.token}`, 'x-tenant-id': options.tenantId },
      handshakeTimeout: timings.handshakeMs,
      maxPayload: LINK_MAX_FRAME_BYTES,
      perMessageDeflate: false,
    })
    socket = ours
    let how: Closed = {}
    let done = false
    const finish = (): void => {
      if (done) return
      done = true
      clearTimeout(patience)
      if (socket === ours) dropped(how)
    }
    // A server that takes the socket and never says welcome is no link.
    const patience = setTimeout(() => {
      if (!welcomed) ours.terminate()
    }, 2 * timings.handshakeMs)
    ours.on('open', () => {
      heardAt = performance.now()
      send({
        type: 'hello',
        protocol: LINK_PROTOCOL,
        boot_id: bootId,
        volume_id: outbox.volume.id,
        epoch: outbox.volume.epoch(),
        session_open: options.sessionOpen(),
        ...options.hello(),
      })
      beatTimer = setInterval(beatNow, timings.beatMs)
    })
    ours.on('message', (data, binary) => {
      if (socket !== ours || binary || how.broken !== undefined) return
      try {
        // Text messages arrive as one Buffer: binaryType is left as it is.
        receive((data as Buffer).toString('utf8'))
      } catch (error) {
        how = { broken: isDiskFull(error) ? 'disk_full' : 'error' }
        if (how.broken === 'disk_full') log.warn('the disk is full: what comes down the link cannot be written')
        else log.error({ err: error }, 'a frame could not be handled')
        // What is behind it must not be taken before it.
        ours.terminate()
      }
    })
    ours.on('pong', () => {
      heardAt = performance.now()
    })
    ours.on('unexpected-response', (request, response) => {
      how = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] }
      request.destroy()
      finish()
    })
    ours.on('error', (error) => {
      how = { ...how, error: error.message }
    })
    ours.on('close', (code, reason) => {
      how = { ...how, code, ...(reason.length > 0 ? { reason: reason.toString('utf8') } : {}) }
      finish()
    })
  }

  const unsubscribe = outbox.events.onChange(() => {
    if (welcomed) uplink.pump()
  })

  return {
    start: dial,
    up: (): boolean => welcomed,
    /** Ask for the grant now rather than at the next renewal. */
    askGrant,
    /** Say how the bot is now rather than at the next beat. */
    beat: beatNow,
    /** Waits until what can be delivered has been, or the signal says that there is no more time. */
    drain: (signal: AbortSignal): Promise<void> => (welcomed ? uplink.drained(signal) : Promise.resolve()),
    close(): void {
      closed = true
      unsubscribe()
      clearTimeout(retryTimer)
      clearTimeout(grantTimer)
      clearInterval(beatTimer)
      uplink.close(false)
      const last = socket
      socket = null
      welcomed = false
      last?.on('error', () => {})
      last?.close(1000)
      // The peer may be gone: the close handshake must not keep the process.
      setTimeout(() => last?.terminate(), 1_000).unref()
    },
  }
}
export type Link = ReturnType<typeof createLink>
