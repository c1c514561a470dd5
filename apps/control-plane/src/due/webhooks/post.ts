import type { Dispatcher } from 'undici'
import { clean } from '../../ingest/clean.ts'

/** What one attempt came to. */
export type Outcome = {
  /**
   * `unreached`: nothing of it got there, so it says nothing of this delivery. `stopped`: we broke it off ourselves. Neither counts. `unmade`: for a
   * fault of ours there was nothing to send.
   */
  kind: 'succeeded' | 'failed' | 'unreached' | 'stopped' | 'unmade'
  status: number | null
  duration_ms: number
  error: string | null
  /** How the answer's body begins. */
  response: string | null
  retryAfterMs: number | null
}

/** From the first look-up to the whole answer. */
export const ANSWER_MS = 15_000
const MAX_ANSWER_BYTES = 16 * 1024
const KEPT_BYTES = 1024
const MAX_ERROR = 300
/** A receiver that asks for more rest is asked again after a day. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60_000

export type Post = {
  dispatcher: Dispatcher
  url: string
  headers: Record<string, string>
  body: string
  signal: AbortSignal
  timeoutMs?: number
}

/** Posts once; never rejects. 2xx is success, everything else is not, a redirect included: it is not followed. */
export async function postWebhook({ dispatcher, url, headers, body, signal, timeoutMs = ANSWER_MS }: Post): Promise<Outcome> {
  const began = performance.now()
  const timeout = AbortSignal.timeout(timeoutMs)
  const outcome = (rest: Omit<Outcome, 'duration_ms'>): Outcome => ({ ...rest, duration_ms: Math.round(performance.now() - began) })
  try {
    const { origin, pathname, search } = new URL(url)
    const answer = await dispatcher.request({
      origin,
      path: `${pathname}${search}`,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'zaptria-webhooks', accept: '*/*', ...headers },
      body,
      signal: AbortSignal.any([signal, timeout]),
    })
    const { statusCode: status } = answer
    const succeeded = status >= 200 && status < 300
    return outcome({
      kind: succeeded ? 'succeeded' : 'failed',
      status,
      error: succeeded ? null : errorOf(status),
      response: await beginning(answer.body),
      retryAfterMs: succeeded ? null : retryAfterMs(answer.headers['retry-after']),
    })
  } catch (error) {
    const rest = { status: null, response: null, retryAfterMs: null }
    if (signal.aborted) return outcome({ kind: 'stopped', error: null, ...rest })
    const why = timeout.aborted ? `no answer within ${timeoutMs / 1000} s` : textOf(error)
    return outcome({ kind: isUnreached(error) ? 'unreached' : 'failed', error: clean(why).slice(0, MAX_ERROR), ...rest })
  }
}

function errorOf(status: number): string {
  if (status >= 300 && status < 400) return `answered ${status}: redirects are not followed`
  return `answered ${status}`
}

/** Read whole when it is short, so that the connection can be used again. A status is an answer, also when its body breaks off. */
async function beginning(body: Dispatcher.ResponseData['body']): Promise<string | null> {
  const kept: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (size < KEPT_BYTES) kept.push(chunk)
      size += chunk.length
      if (size > MAX_ANSWER_BYTES) break
    }
  } catch {
    // What came is shown.
  }
  const text = clean(Buffer.concat(kept).subarray(0, KEPT_BYTES).toString('utf8'))
  return text === '' ? null : text
}

/** Seconds or a date. */
function retryAfterMs(header: string | string[] | undefined): number | null {
  const text = (Array.isArray(header) ? header[0] : header)?.trim()
  if (text === undefined || text === '') return null
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS) : null
}

/**
 * Whether there never was a connection: the name was not found, or nobody answered there. Of one that broke nobody knows what came of it; and an
 * address that is not allowed does not become so by waiting.
 */
function isUnreached(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isUnreached)
  if (!(error instanceof Error)) return false
  const { code, syscall } = error as NodeJS.ErrnoException
  return syscall === 'connect' || syscall === 'getaddrinfo' || code === 'UND_ERR_CONNECT_TIMEOUT'
}

/** Node tries every address of a name, and says so with an error that has no message of its own. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const inner = error instanceof AggregateError ? (error.errors as Error[]).map((each) => each.message).join('; ') : ''
  return error.message || inner || (error as NodeJS.ErrnoException).code || 'the connection broke'
}
