import http from 'node:http'
import https from 'node:https'
import type { FailureReason } from '@zaptria/contract'

/** What one attempt to post a message to a foreign bot came to. */
export type Outcome =
  /** The bot took it; the message's id in WhatsApp when it said one. */
  | { kind: 'accepted'; messageId: string | null }
  /** Certainly not sent: try again. `refused`: it does not know our token. */
  | { kind: 'later'; detail: string; retryAfterMs: number | null; refused: boolean }
  /** Certainly not sent, and never will be. */
  | { kind: 'failed'; reason: FailureReason; detail: string }
  /** It may have been sent. */
  | { kind: 'unknown'; detail: string }

export type PostTimings = {
  /** Until the connection stands, TLS included. */
  connectMs: number
  /** From then on to the whole answer. A bot of ours answers within 25 s. */
  answerMs: number
}
export const POST_TIMINGS: PostTimings = { connectMs: 10_000, answerMs: 35_000 }

const MAX_ANSWER_BYTES = 64 * 1024
const MAX_DETAIL = 500
const MAX_RETRY_AFTER_MS = 60 * 60_000

export type Post = {
  baseUrl: string
  idempotencyKey: string
  body: { token: string; to: string; message: string }
  timings: PostTimings
  signal: AbortSignal
  nowMs: () => number
}

/**
 * `POST {baseUrl}/send`, the seed's contract. Never rejects. What decides about an error is whether the connection stood: before, nothing of the
 * message can have left. Each request has a connection of its own, because one that is kept open may be closed by the other side at the very
 * moment of writing, and then nobody can tell.
 */
export function postMessage(post: Post): Promise<Outcome> {
  const target = new URL(`${post.baseUrl.replace(/\/+$/, '')}/send`)
  const payload = Buffer.from(JSON.stringify(post.body))
  const secure = target.protocol === 'https:'
  return new Promise((resolve) => {
    let connected = false
    let timer: NodeJS.Timeout | undefined
    const request = (secure ? https : http).request(target, {
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/json',
        'content-length': payload.length,
        'idempotency-key': post.idempotencyKey,
        accept: 'application/json',
        'user-agent': 'zaptria',
      },
    })
    const limit = (ms: number, why: string): void => {
      clearTimeout(timer)
      timer = setTimeout(() => request.destroy(new Error(why)), ms)
    }
    const onAbort = (): void => void request.destroy(new Error('we are stopping'))
    const end = (outcome: Outcome): void => {
      clearTimeout(timer)
      post.signal.removeEventListener('abort', onAbort)
      resolve(withoutToken(outcome, post.body.token))
      request.destroy()
    }
    request.on('socket', (socket) => {
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        connected = true
        limit(post.timings.answerMs, `no answer within ${post.timings.answerMs / 1000} s`)
      })
    })
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let size = 0
      const answered = (text: string | null): void =>
        end(outcomeOf({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], text, nowMs: post.nowMs() }))
      response.on('data', (chunk: Buffer) => {
        if (size < MAX_ANSWER_BYTES) chunks.push(chunk)
        size += chunk.length
      })
      response.on('end', () => answered(size > MAX_ANSWER_BYTES ? null : Buffer.concat(chunks).toString('utf8')))
      // Broken off: what the status says by itself still holds.
      response.on('error', () => answered(null))
    })
    request.on('error', (error) => {
      const detail = textOf(error)
      end(connected ? { kind: 'unknown', detail } : { kind: 'later', detail, retryAfterMs: null, refused: false })
    })
    if (post.signal.aborted) return onAbort()
    post.signal.addEventListener('abort', onAbort)
    limit(post.timings.connectMs, `no connection within ${post.timings.connectMs / 1000} s`)
    request.end(payload)
  })
}

/** What an answer means. `text` null: its body did not come whole. */
export function outcomeOf(answer: { status: number; retryAfter: string | undefined; text: string | null; nowMs: number }): Outcome {
  const { status } = answer
  const said = read(answer.text)
  const error = typeof said?.['error'] === 'string' && said['error'] !== '' ? said['error'] : null
  const detail = error ?? `the bot answered ${status}`
  if (status >= 200 && status < 300) {
    const id = said?.['message_id']
    if (said?.['success'] === true) return { kind: 'accepted', messageId: typeof id === 'string' && id !== '' ? id.slice(0, 256) : null }
    return said?.['success'] === false || error !== null
      ? { kind: 'failed', reason: 'engine_error', detail }
      : { kind: 'unknown', detail: `the bot answered ${status} without {"success":true}` }
  }
  switch (status) {
    // The bot is not connected, has too much to do, or does not know our token (yet: a token is rotated here first, then there). None of
    // that is the message's fault, and nothing of it was sent.
    case 401:
    case 409:
    case 429:
    case 503:
      return { kind: 'later', detail, retryAfterMs: retryAfterMs(answer.retryAfter, answer.nowMs), refused: status === 401 }
    case 413:
      return { kind: 'failed', reason: 'too_large', detail }
    case 422:
      return { kind: 'failed', reason: 'not_on_whatsapp', detail }
    default:
  }
  // A redirect is not followed: the token is for the address that a person typed.
  if (status >= 300 && status < 500) return { kind: 'failed', reason: 'engine_error', detail }
  // Its own "I could not"; without one, and from proxies (502, 504), nobody knows what happened behind them.
  return status === 500 && error !== null ? { kind: 'failed', reason: 'engine_error', detail } : { kind: 'unknown', detail }
}

function read(text: string | null): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

/** Seconds or a date; at most an hour: an absurd one must not outlive the message. */
function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS) : null
}

/** Some programs answer with what they were sent. */
function withoutToken(outcome: Outcome, token: string): Outcome {
  return outcome.kind === 'accepted' ? outcome : { ...outcome, detail: outcome.detail.replaceAll(token, '…').slice(0, MAX_DETAIL) }
}

/** Node tries every address of a name, and says so with an error that has no message of its own. */
function textOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  const inner = error instanceof AggregateError ? (error.errors as Error[]).map((each) => each.message).join('; ') : ''
  return error.message || inner || code || 'the connection broke'
}
