import { setTimeout as delay } from 'node:timers/promises'
import { backoff } from '@zaptria/core'
import type { Logger } from 'pino'
import type { Hints } from '../../live/hints.ts'
import type { Metrics } from '../../metrics.ts'
import type { Secrets } from '../../secrets/index.ts'
import type { Db } from '../../store/db.ts'
import { startLoop } from '../loop.ts'
import type { Outcome, PostTimings } from './post.ts'
import { POST_TIMINGS, postMessage } from './post.ts'
import { settleAttempt } from './settle.ts'
import type { Attempt } from './take.ts'
import { giveUpAttempts, LEASE_SECONDS, refuseAllButText, takeAttempts } from './take.ts'

export type SenderOptions = {
  db: Db
  hints: Pick<Hints, 'changed' | 'subscribe'>
  secrets: Pick<Secrets, 'botToken'>
  log: Logger
  metrics: Pick<Metrics, 'loopFailures' | 'sends'>
  timings?: PostTimings
}

const POLL_MS = 1_000
/** Every message of every bot wakes it, and to look costs as much as to take some messages in (bench: ingest). */
const BREATH_MS = 100
/** Attempts of one replica at once: nearly all of an attempt is waiting. */
const AT_ONCE = 64
/** What a stop waits for attempts that are under way, before it breaks them off. */
const STOP_MS = 3_000

/** Sends the messages of foreign bots: due rows become requests to the bot's address. Any number of replicas may run it. */
export function startSender(options: SenderOptions): { close(): Promise<void> } {
  const { db, hints, secrets, log, metrics, timings = POST_TIMINGS } = options
  const underWay = new Set<Promise<void>>()
  const stop = new AbortController()

  const attempt = async (one: Attempt): Promise<Outcome> => {
    let token: string
    try {
      token = await secrets.botToken(one.tenant_id, one.token_version)
    } catch (error) {
      log.error({ err: error, bot: one.bot_id, tenant: one.tenant_id }, 'the token of a foreign bot could not be made')
      return { kind: 'later', detail: 'the bot’s token could not be made', retryAfterMs: null, refused: false }
    }
    return postMessage({
      baseUrl: one.public_url,
      idempotencyKey: one.id,
      body: { token, to: one.to, message: one.body },
      timings,
      signal: stop.signal,
      nowMs: Date.now,
    })
  }

  /** Not written down, a message that was sent becomes unknown: worth insisting, for as long as the attempt is ours. */
  const settle = async (one: Attempt, outcome: Outcome): Promise<void> => {
    const deadline = performance.now() + (LEASE_SECONDS * 1000) / 2
    for (let failures = 0; ; failures += 1) {
      try {
        return await settleAttempt({ db, hints, random: Math.random }, one, outcome)
      } catch (error) {
        if (stop.signal.aborted || performance.now() > deadline) throw error
        await delay(100 + backoff({ attempt: failures, base_ms: 250, max_ms: 5_000, random: Math.random }))
      }
    }
  }

  const one = async (begun: Attempt): Promise<void> => {
    try {
      const outcome = await attempt(begun)
      metrics.sends.inc({ outcome: outcome.kind })
      await settle(begun, outcome)
    } catch (error) {
      log.error({ err: error, bot: begun.bot_id, message: begun.id }, 'the end of an attempt to send was not written down')
    }
  }

  const pass = async (): Promise<'again' | 'done'> => {
    const more = [await giveUpAttempts(options), await refuseAllButText(options)]
    for (const begun of await takeAttempts(db, AT_ONCE - underWay.size)) {
      const task = one(begun)
      underWay.add(task)
      // The chat's next one.
      void task.finally(() => {
        underWay.delete(task)
        loop.wake()
      })
    }
    return more.includes('again') ? 'again' : 'done'
  }

  const loop = startLoop({ name: 'send', everyMs: POLL_MS, breathMs: BREATH_MS, pass, log, metrics })
  const unsubscribe = hints.subscribe(({ noun }) => {
    if (noun === 'message' || noun === 'bot') loop.wake()
  })

  return {
    async close() {
      unsubscribe()
      await loop.close()
      const patience = setTimeout(() => stop.abort(), STOP_MS)
      await Promise.all(underWay)
      clearTimeout(patience)
    },
  }
}
