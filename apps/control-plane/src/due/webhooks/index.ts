import { setTimeout as delay } from 'node:timers/promises'
import { backoff } from '@zaptria/core'
import type { Logger } from 'pino'
import type { Dispatcher } from 'undici'
import type { Hints } from '../../live/hints.ts'
import type { Metrics } from '../../metrics.ts'
import type { Secrets } from '../../secrets/index.ts'
import type { Db } from '../../store/db.ts'
import { payloadOf } from '../../webhooks/payload.ts'
import { openSecrets } from '../../webhooks/secret.ts'
import { signedHeaders } from '../../webhooks/sign.ts'
import { createBatches } from '../../batches.ts'
import { startLoop } from '../loop.ts'
import type { Outcome } from './post.ts'
import { postWebhook } from './post.ts'
import type { Ended } from './settle.ts'
import { settleDeliveries } from './settle.ts'
import type { Taken } from './take.ts'
import { LEASE_SECONDS, takeDeliveries } from './take.ts'

export type WebhookOptions = {
  db: Db
  hints: Pick<Hints, 'changed' | 'subscribe'>
  secrets: Pick<Secrets, 'openFor'>
  /** Decides where connections may go. Whoever made it closes it. */
  dispatcher: Dispatcher
  log: Logger
  metrics: Pick<Metrics, 'loopFailures' | 'webhookAttempts'>
  random?: () => number
  pollMs?: number
  timeoutMs?: number
}

const POLL_MS = 1_000
/** Attempts of one replica at once: nearly all of an attempt is waiting. */
const AT_ONCE = 128
/** What a stop waits for attempts that are under way, before it breaks them off. */
const STOP_MS = 3_000

/** Delivers webhooks: due rows become requests. Any number of replicas may run it. At least once: what nobody wrote down is sent again. */
export function startWebhooks(options: WebhookOptions): { close(): Promise<void> } {
  const { db, hints, secrets, dispatcher, log, metrics, random = Math.random, pollMs = POLL_MS, timeoutMs } = options
  const underWay = new Set<Promise<void>>()
  const stop = new AbortController()
  const secretsOf = openSecrets(secrets)

  const attempt = async (taken: Taken): Promise<Outcome> => {
    let body: string
    let headers: Record<string, string>
    try {
      body = JSON.stringify(payloadOf(taken))
      const timestampS = Math.floor(Date.now() / 1000)
      headers = signedHeaders({ id: taken.event_id, timestampS, body, secrets: await secretsOf(taken) })
    } catch (error) {
      log.error({ err: error, delivery: taken.id, tenant: taken.tenant_id }, 'a webhook could not be made')
      const why = 'a fault on our side: see the log'
      return { kind: 'unmade', status: null, duration_ms: 0, error: why, response: null, retryAfterMs: null }
    }
    return postWebhook({
      dispatcher,
      url: taken.url,
      headers,
      body,
      signal: stop.signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    })
  }

  const settle = createBatches(async (_: 'all', asked: () => readonly Ended[]) => {
    const ended = asked()
    const deadline = performance.now() + (LEASE_SECONDS * 1000) / 2
    for (let failures = 0; ; failures += 1) {
      try {
        return await settleDeliveries({ db, hints, random }, ended)
      } catch (error) {
        if (stop.signal.aborted || performance.now() > deadline) throw error
        await delay(100 + backoff({ attempt: failures, base_ms: 250, max_ms: 5_000, random }))
      }
    }
  })

  const one = async (taken: Taken): Promise<void> => {
    try {
      const outcome = await attempt(taken)
      metrics.webhookAttempts.inc({ outcome: outcome.kind })
      await settle('all', { taken, outcome })
    } catch (error) {
      // Its lease ends, and it is sent again: with the same id.
      log.error({ err: error, delivery: taken.id, tenant: taken.tenant_id }, 'the end of a webhook’s attempt was not written down')
    }
  }

  const pass = async (): Promise<'again' | 'done'> => {
    for (const taken of await takeDeliveries(db, AT_ONCE - underWay.size)) {
      const task = one(taken)
      underWay.add(task)
      // The next one of its conversation, and of its endpoint.
      void task.finally(() => {
        underWay.delete(task)
        loop.wake()
      })
    }
    return 'done'
  }

  const loop = startLoop({ name: 'webhooks', everyMs: pollMs, pass, log, metrics })
  const unsubscribe = hints.subscribe(({ noun }) => {
    if (noun === 'webhook') loop.wake()
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
