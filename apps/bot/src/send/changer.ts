import type { ChangeCommand, FailureReason } from '@zaptria/contract'
import { backoff, maskJid } from '@zaptria/core'
import { messageOf } from '../engine/error.ts'
import type { ChangeRequest, Engine } from '../engine/port.ts'
import type { Logger } from '../logger.ts'
import type { Change } from '../outbox/changes.ts'
import type { CommandReply } from '../outbox/commands.ts'
import { isDiskFull } from '../outbox/database.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { Recorder } from '../session/recorder.ts'

const RETRY_MOST_MS = 60_000

export type ChangerOptions = {
  outbox: Outbox
  recorder: Recorder
  /** Null while messages cannot flow. */
  engine: () => Engine | null
  onTraffic: () => void
  log: Logger
  nowMs: () => number
  monotonicMs: () => number
  random: () => number
  retryMs?: number
}

/**
 * Does to messages what it was told to: reacts, edits, deletes. One after the other; those of one message in the order in which they were told.
 * Each asks for a state, so that one of which nobody knows how it ended is simply done again, until its time is up.
 */
export const createChanger = (options: ChangerOptions) => {
  const { outbox, recorder, log } = options
  const { changes } = outbox
  const closing = new AbortController()
  /** Not before, for those whose last try failed. */
  const waits = new Map<string, { tries: number; until: number }>()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | null = null

  const report = ({ command, state, reason, detail }: Change): void => {
    if (state === 'open') return
    recorder.record({
      kind: 'change_result',
      change_id: command.change_id,
      outcome: state,
      ...(reason === null ? {} : { reason }),
      ...(detail === null ? {} : { detail }),
    })
  }

  const finish = (change: Change, state: 'done' | 'failed', reason: FailureReason | null = null, detail?: string): void => {
    const { change_id, target, kind } = change.command
    const cut = detail?.slice(0, 1000) ?? null
    changes.finish(change_id, state, reason, cut)
    waits.delete(change_id)
    report({ ...change, state, reason, detail: cut })
    recorder.flush()
    log[state === 'done' ? 'debug' : 'warn'](
      { change_id, kind, chat: maskJid(target.chat_id), reason, detail },
      'a change of a message has its result',
    )
  }

  const later = ({ command: { change_id } }: Change): void => {
    const tries = waits.get(change_id)?.tries ?? 0
    const pause = backoff({ attempt: tries, base_ms: options.retryMs ?? 1_500, max_ms: RETRY_MOST_MS, random: options.random })
    waits.set(change_id, { tries: tries + 1, until: options.monotonicMs() + Math.max(pause, 50) })
  }

  const attempt = async (engine: Engine, change: Change): Promise<void> => {
    if (options.nowMs() >= change.expiresAtMs) return finish(change, 'failed', 'expired')
    options.onTraffic()
    try {
      const outcome = await engine.change(toRequest(change.command), closing.signal)
      if (outcome.outcome === 'done') finish(change, 'done')
      else finish(change, 'failed', outcome.reason, outcome.detail)
    } catch (error) {
      if (!closing.signal.aborted && !isDiskFull(error))
        log.warn(
          { change_id: change.command.change_id, error: messageOf(error) },
          'nobody knows whether a message was changed: it is tried again',
        )
      later(change)
    }
  }

  const work = async (): Promise<void> => {
    for (;;) {
      const engine = options.engine()
      const now = options.monotonicMs()
      const due =
        engine === null ? undefined : changes.heads(100).find(({ command }) => (waits.get(command.change_id)?.until ?? now) <= now)
      if (engine === null || due === undefined || closing.signal.aborted) return
      await attempt(engine, due)
    }
  }

  /** Begins what may be done now, and comes back when the next may be tried again. */
  const pump = (): void => {
    if (running !== null || closing.signal.aborted) return
    clearTimeout(timer)
    running = work()
      .catch((error: unknown) => log.error({ err: error }, 'changing messages stumbled'))
      .finally(() => {
        running = null
        const next = Math.min(...[...waits.values()].map(({ until }) => until))
        if (Number.isFinite(next) && !closing.signal.aborted) timer = setTimeout(pump, Math.max(10, next - options.monotonicMs()))
      })
  }

  return {
    /** Takes a command on: on disk when this returns. The same again gives the same result again, and nothing else. */
    command(command: ChangeCommand): CommandReply {
      const known = changes.get(command.change_id)
      if (known === null) changes.take(command)
      else report(known)
      // One that came while the last look was ending is seen by the next.
      if (running === null) pump()
      else void running.then(pump)
      return { ok: true }
    },
    /** The session may have come or gone. */
    wake: pump,
    async close(signal: AbortSignal): Promise<void> {
      const done = running ?? Promise.resolve()
      clearTimeout(timer)
      signal.addEventListener('abort', () => closing.abort(), { once: true })
      if (signal.aborted) closing.abort()
      await Promise.race([done, new Promise((resolve) => closing.signal.addEventListener('abort', resolve, { once: true }))])
      closing.abort()
      await done
    },
  }
}
export type Changer = ReturnType<typeof createChanger>

const toRequest = (command: ChangeCommand): ChangeRequest => {
  const { wa_id, chat_id, from_me, sender } = command.target
  const about = { target: { waId: wa_id, chatId: chat_id, fromMe: from_me, sender }, aliasChatId: command.alias_chat_id }
  switch (command.kind) {
    case 'react':
      return { kind: 'react', ...about, emoji: command.emoji }
    case 'edit':
      return { kind: 'edit', ...about, body: command.body }
    case 'revoke':
      return { kind: 'revoke', ...about }
    default:
      return command satisfies never
  }
}
