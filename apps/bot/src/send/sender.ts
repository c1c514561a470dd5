import { randomBytes, randomUUID } from 'node:crypto'
import type { Pacing, SendCommand, SendMedia } from '@zaptria/contract'
import { maskJid } from '@zaptria/core'
import type { z } from 'zod'
import { messageOf } from '../engine/error.ts'
import type { Engine } from '../engine/port.ts'
import type { Logger } from '../logger.ts'
import { FileMissingError } from '../media/exchange.ts'
import type { Metrics } from '../metrics.ts'
import type { CommandReply } from '../outbox/commands.ts'
import { isDiskFull } from '../outbox/database.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { NewSend, Send } from '../outbox/sends.ts'
import type { Recorder } from '../session/recorder.ts'
import { contentOf, partsOf, refOf } from './parts.ts'
import { choose, noteSent, typingMs, UNPACED } from './pacing.ts'
import { settle } from './settle.ts'

/** Chats that are written to at once. One chat that hangs must not hold all the others. */
const AT_ONCE = 4
/** Tries within one attempt, where the page says each time that it has not got the message. */
const TRIES = 4

export type SenderTimings = { retryMs: number; settleMs: number }
export const SENDER_TIMINGS: SenderTimings = { retryMs: 1_500, settleMs: 60_000 }

type Staged = Awaited<ReturnType<Engine['stageMedia']>>

/** A message key's own part, as WhatsApp Web makes them. */
export const newWaId = (): string => `3EB0${randomBytes(9).toString('hex').toUpperCase()}`

export type SenderOptions = {
  outbox: Outbox
  recorder: Recorder
  /** Null while messages cannot flow. */
  engine: () => Engine | null
  /** Messages sent by POST /send are reported as the account's own, where somebody keeps conversations. */
  reportLocal: boolean
  account: () => string | null
  /** The bytes of a file to send. */
  fetchFile: (file: SendMedia, signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>
  onTraffic: () => void
  /** Whether the page can keep anything: what it cannot, it may lose. */
  hasRoom: () => boolean
  metrics: Metrics
  log: Logger
  pacing: Pacing
  nowMs: () => number
  wallMs: () => number
  monotonicMs: () => number
  random: () => number
  timings?: SenderTimings
}

/** Sends what it was told to, once each, gently. Everything it knows of a message is on disk before it acts on it. */
export const createSender = (options: SenderOptions) => {
  const { outbox, recorder, log, metrics } = options
  const { sends, volume } = outbox
  const timings = options.timings ?? SENDER_TIMINGS
  const closing = new AbortController()
  const busy = new Set<string>()
  /** Not before, for messages whose last try failed. */
  const notBefore = new Map<string, number>()
  const unsettledSince = new Map<string, number>()
  const waiters = new Map<string, (send: Send) => void>()
  const running = new Set<Promise<void>>()
  let pacing = options.pacing
  let paced = UNPACED
  let timer: NodeJS.Timeout | undefined
  let resting = false
  let lastStaging: Promise<void> = Promise.resolve()

  const finish = (
    send: Send,
    state: 'handed' | 'failed' | 'unknown',
    more: { reason?: Send['reason']; detail?: string; ack?: number | null; chatId?: string } = {},
  ): void => {
    const reason = more.reason ?? null
    const detail = more.detail?.slice(0, 1000) ?? null
    sends.finish(send.messageId, state, reason, detail)
    notBefore.delete(send.messageId)
    unsettledSince.delete(send.messageId)
    metrics.sends.inc({ outcome: state })
    if (!send.local) {
      recorder.record({
        kind: 'send_result',
        message_id: send.messageId,
        wa_id: send.waId,
        outcome: state,
        ...(reason === null ? {} : { reason }),
        ...(detail === null ? {} : { detail }),
      })
      if (typeof more.ack === 'number')
        recorder.record({ kind: 'ack', wa_id: send.waId, chat_id: more.chatId ?? send.chatId, ack: more.ack })
    } else if (state === 'handed' && options.reportLocal) reportOwn(send, more.chatId ?? send.chatId)
    recorder.flush()
    log[state === 'handed' ? 'debug' : 'warn'](
      { message_id: send.messageId, chat: maskJid(send.chatId), state, reason, detail },
      'a message has its result',
    )
    const result = sends.get(send.messageId)
    if (result !== null) waiters.get(send.messageId)?.(result)
    waiters.delete(send.messageId)
  }

  const reportOwn = (send: Send, chatId: string): void => {
    const account = options.account()
    recorder.record({
      kind: 'message',
      wa_id: send.waId,
      chat_id: chatId,
      from_me: true,
      sender: account === null ? chatId : `${account}@c.us`,
      phone: chatId.endsWith('@c.us') ? chatId : null,
      lid: chatId.endsWith('@lid') ? chatId : null,
      body: send.body,
      timestamp: Math.floor(options.wallMs() / 1000),
      type: 'chat',
    })
  }

  const later = (send: Send, ms: number): void => void notBefore.set(send.messageId, options.monotonicMs() + ms)

  /** Finds out what became of an earlier try. True = go on and send. */
  const cleared = async (engine: Engine, send: Send): Promise<boolean> => {
    const chats = [send.chatId, ...(send.aliasChatId === null ? [] : [send.aliasChatId])]
    try {
      const verdict = settle(send, await engine.lookup(send.waId, chats), {
        pairing: volume.pairing(),
        mayHavePredecessor: volume.mayHavePredecessor(),
      })
      unsettledSince.delete(send.messageId)
      if (verdict.do === 'done') finish(send, 'handed', verdict)
      else if (verdict.do === 'unknown') finish(send, 'unknown', { detail: verdict.why })
      else sends.settleFirst(send.messageId, false)
      return verdict.do === 'send'
    } catch (error) {
      if (isDiskFull(error)) throw error
      // The session went away: it is settled when it is back. Only a page that is there and cannot tell has to be given up on.
      const now = options.monotonicMs()
      const since = unsettledSince.get(send.messageId) ?? now
      unsettledSince.set(send.messageId, since)
      if (options.engine() === engine && now - since > timings.settleMs) {
        finish(send, 'unknown', { detail: `The page could not say whether it was sent: ${messageOf(error)}` })
      } else later(send, timings.retryMs)
      return false
    }
  }

  /**
   * Gets a file into the engine, before anything is tried: what goes wrong here has certainly not sent the message. One after the other, because
   * each is held whole by the page. Undefined = not now, or never.
   */
  const staging = async (engine: Engine, send: Send, file: SendMedia): Promise<Staged | undefined> => {
    const before = lastStaging
    const { promise, resolve } = Promise.withResolvers<void>()
    lastStaging = promise
    await before
    try {
      const bytes = await options.fetchFile(file, closing.signal)
      return await engine.stageMedia({ mimetype: file.mimetype, filename: file.filename ?? null }, bytes, closing.signal)
    } catch (error) {
      if (error instanceof FileMissingError) finish(send, 'failed', { reason: 'engine_error', detail: error.message })
      else {
        log.warn({ message_id: send.messageId, error: messageOf(error) }, 'a file could not be fetched; trying again')
        later(send, timings.retryMs)
      }
      return undefined
    } finally {
      resolve()
    }
  }

  const attempt = async (engine: Engine, send: Send): Promise<void> => {
    if (send.settle && !(await cleared(engine, send))) return
    if (options.nowMs() >= send.expiresAtMs) return finish(send, 'failed', { reason: 'expired' })
    if (send.tries >= TRIES) return finish(send, 'failed', { reason: 'engine_error', detail: 'The page did not take it.' })
    if (!options.hasRoom()) {
      log.warn({ message_id: send.messageId }, 'the disk is full: a message waits')
      return later(send, timings.retryMs)
    }
    const staged = send.file === null ? null : await staging(engine, send, send.file)
    if (staged === undefined) return
    // On disk before the call: whatever happens now, nobody sends this again without looking first.
    sends.trying(send.messageId, volume.pairing())
    sends.settleFirst(send.messageId, true)
    paced = noteSent(paced, pacing, sends.lane(send.chatId), options.monotonicMs(), options.random())
    options.onTraffic()
    const stop = metrics.sendSeconds.startTimer()
    try {
      const outcome = await engine.send(
        {
          waId: send.waId,
          chatId: send.chatId,
          aliasChatId: send.aliasChatId,
          text: send.body,
          typingMs: typingMs(pacing, send.body),
          ...(staged === null || send.file === null ? {} : { file: { handle: staged.handle, kind: send.file.type } }),
          ...(send.card === null ? {} : { content: contentOf(send.card) }),
          ...(send.quoted === null ? {} : { quoted: refOf(send.quoted) }),
        },
        closing.signal,
      )
      if (outcome.outcome === 'handed') finish(send, 'handed', { chatId: outcome.chatId })
      else finish(send, 'failed', { reason: outcome.reason, ...(outcome.detail === undefined ? {} : { detail: outcome.detail }) })
    } catch (error) {
      if (isDiskFull(error)) throw error
      log.warn({ message_id: send.messageId, error: messageOf(error) }, 'nobody knows whether a message was sent: it is settled by its key')
      later(send, timings.retryMs)
    } finally {
      stop()
      await staged?.release()
      // The pause counts from the end: typing is part of the message.
      paced = noteSent(
        { ...paced, sentAt: paced.sentAt.slice(0, -1) },
        pacing,
        sends.lane(send.chatId),
        options.monotonicMs(),
        options.random(),
      )
    }
  }

  const begin = (engine: Engine, send: Send): void => {
    busy.add(send.chatId)
    const work = attempt(engine, send)
      .catch((error: unknown) => {
        // With a full disk: whatever the page has taken is on disk as tried, and is looked up before it is tried again.
        if (isDiskFull(error)) log.warn({ message_id: send.messageId }, 'the disk is full: a message waits')
        else log.error({ err: error, message_id: send.messageId }, 'sending stumbled')
        later(send, timings.retryMs)
      })
      .finally(() => {
        busy.delete(send.chatId)
        running.delete(work)
        pump()
      })
    running.add(work)
  }

  /** False = there was no room to write it down. */
  const expire = (): boolean => {
    try {
      for (const send of sends.expired()) finish(send, 'failed', { reason: 'expired' })
      return true
    } catch (error) {
      if (!isDiskFull(error)) throw error
      return false
    }
  }

  /** Begins whatever may leave now, and comes back when the next may. */
  const pump = (): void => {
    clearTimeout(timer)
    if (resting) return
    const told = expire()
    const expiry = sends.nextExpiryMs()
    let wait = Math.min(60_000, expiry === null ? 60_000 : Math.max(expiry - options.nowMs(), told ? 0 : timings.retryMs))
    const engine = options.engine()
    let open = engine === null ? [] : sends.heads(100)
    while (engine !== null && busy.size < AT_ONCE) {
      const now = options.monotonicMs()
      // Whose first message has to wait, waits: the order is kept.
      const held = new Map(
        open.map((send) => [send.lane, (notBefore.get(send.messageId) ?? now) - now] as const).filter(([, ms]) => ms > 0),
      )
      for (const ms of held.values()) wait = Math.min(wait, ms)
      const next = choose(paced, pacing, open, new Set([...[...busy].map(sends.lane), ...held.keys()]), now)
      if (next === null) break
      if ('waitMs' in next) {
        wait = Math.min(wait, next.waitMs)
        break
      }
      open = open.filter((each) => each !== next.send)
      begin(engine, next.send)
    }
    if (expiry !== null || open.length > 0) timer = setTimeout(pump, Math.max(1, wait))
  }

  const take = (send: NewSend): Send | null => {
    const known = sends.get(send.messageId)
    if (known === null) {
      sends.take(send)
      return null
    }
    if (known.waId !== send.waId) throw new Error('This message was given another key before.')
    if (known.state === 'taken' || known.state === 'trying') return null
    if (send.attempt <= known.attempt) return known
    sends.takeAgain(send)
    return null
  }

  return {
    /** Takes a command on: on disk when this returns. The same message again gives the same result again, and nothing else. */
    command(command: z.infer<typeof SendCommand>): CommandReply {
      const { message } = command
      const result = take({
        messageId: command.message_id,
        waId: command.wa_id,
        chatId: command.chat_id,
        aliasChatId: command.alias_chat_id,
        ...partsOf(message),
        quoted: command.quoted ?? null,
        priority: command.priority,
        attempt: command.attempt,
        local: false,
        settle: command.attempt > 1,
        expiresAtMs: options.nowMs() + command.expires_in_ms,
      })
      if (result !== null && result.state !== 'taken' && result.state !== 'trying') {
        recorder.record({
          kind: 'send_result',
          message_id: result.messageId,
          wa_id: result.waId,
          outcome: result.state,
          ...(result.reason === null ? {} : { reason: result.reason }),
          ...(result.detail === null ? {} : { detail: result.detail }),
        })
      }
      pump()
      return { ok: true }
    },
    /**
     * POST /send: sends with a key of our own and waits for the result, `waitMs` at most. `pending` = nobody knows yet; `reused` = nothing is sent,
     * because the id is another message's.
     * @param messageId the same for a request that is repeated
     */
    async sendNow(request: { messageId?: string; chatId: string; text: string; waitMs: number }): Promise<Send | 'pending' | 'reused'> {
      const messageId = request.messageId ?? randomUUID()
      if (!sends.isSame({ messageId, chatId: request.chatId, body: request.text })) return 'reused'
      const known = sends.get(messageId)
      const done = take({
        messageId,
        waId: known?.waId ?? newWaId(),
        chatId: request.chatId,
        aliasChatId: null,
        body: request.text,
        file: null,
        card: null,
        quoted: null,
        // Somebody waits for the answer.
        priority: 10,
        attempt: 1,
        local: true,
        settle: false,
        expiresAtMs: options.nowMs() + request.waitMs,
      })
      if (done !== null) return done
      const { promise, resolve } = Promise.withResolvers<Send | 'pending'>()
      const patience = setTimeout(() => resolve('pending'), request.waitMs + 250)
      waiters.set(messageId, resolve)
      pump()
      try {
        return await promise
      } finally {
        clearTimeout(patience)
        waiters.delete(messageId)
      }
    },
    /** The session may have come or gone. */
    wake: pump,
    setPacing(next: Pacing): void {
      pacing = next
      pump()
    },
    /** Nothing new is begun; what is under way is waited for, as long as the signal allows. */
    async close(signal: AbortSignal): Promise<void> {
      const done = Promise.allSettled(running)
      signal.addEventListener('abort', () => closing.abort(), { once: true })
      if (signal.aborted) closing.abort()
      resting = true
      clearTimeout(timer)
      await done
      closing.abort()
    },
  }
}
export type Sender = ReturnType<typeof createSender>
