import http from 'node:http'
import https from 'node:https'

/** As long as a connection may lie idle: many servers close theirs after five seconds. */
const IDLE_MS = 4_000
/** Nobody needs the answer's body. It is read to its end so that the connection can be used again, but no further and no longer than this. */
const MAX_BODY_BYTES = 64 * 1024
const MAX_BODY_MS = 1_000

export type Answer = { status: number; retryAfter: string | null }
/** Posts once; rejects when there is no answer, or the signal says that there is no more time for one. Redirects are not followed. */
export type PostText = (url: string, text: string, headers: Record<string, string>, signal: AbortSignal) => Promise<Answer>

/** Connections to a dashboard, kept open between requests. `node:http` skips interim answers (1xx) that nobody asked for; `fetch` does not. */
export const createRequests = (): { post: PostText; close: () => void } => {
  const kept = { keepAlive: true, timeout: IDLE_MS }
  const agents = { 'http:': new http.Agent(kept), 'https:': new https.Agent(kept) }

  const post: PostText = (address, text, headers, signal) =>
    new Promise((resolve, reject) => {
      const url = new URL(address)
      const payload = Buffer.from(text)
      const secure = url.protocol === 'https:'
      const request = (secure ? https : http).request(url, {
        method: 'POST',
        agent: agents[secure ? 'https:' : 'http:'],
        headers: { accept: '*/*', 'user-agent': 'zaptria', ...headers, 'content-length': payload.length },
        signal,
      })
      let answer: Answer | null = null
      let broken: Error | null = null
      request.on('response', (response) => {
        answer = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] ?? null }
        const patience = setTimeout(() => response.destroy(), MAX_BODY_MS)
        let size = 0
        response.on('data', (chunk: Buffer) => {
          if ((size += chunk.length) > MAX_BODY_BYTES) response.destroy()
        })
        // A body that breaks off takes nothing back.
        response.on('error', () => {})
        response.on('close', () => clearTimeout(patience))
      })
      request.on('error', (error) => (broken = error))
      request.on('close', () => {
        if (answer !== null) resolve(answer)
        else reject(signal.aborted && signal.reason instanceof Error ? signal.reason : new Error(textOf(broken), { cause: broken }))
      })
      request.end(payload)
    })

  return {
    post,
    close(): void {
      agents['http:'].destroy()
      agents['https:'].destroy()
    },
  }
}

/** Node tries every address of a name, and says so with an error that has no message of its own. */
const textOf = (error: Error | null): string => {
  const inner = error instanceof AggregateError ? (error.errors as Error[]).map((each) => each.message).join('; ') : ''
  return error?.message || inner || 'the connection broke'
}
