import { setTimeout as delay } from 'node:timers/promises'
import type { LookupFunction } from 'node:net'
import type { Readable } from 'node:stream'
import { backoff } from '@zaptria/core'
import { AwsV4Signer } from 'aws4fetch'
import { Agent, request } from 'undici'
import type { Dispatcher } from 'undici'
import { FileAwayError } from '../port.ts'
import { S3Error } from './answers.ts'

export type S3Settings = {
  /** Scheme, host, port; no path. */
  endpoint: string
  region: string
  bucket: string
  /** Our own part of the bucket, without slashes at its ends. */
  prefix: string
  accessKeyId: string
  secretAccessKey: string
  /** The bucket in the path (`https://host/bucket/key`) instead of in the host (`https://bucket.host/key`). */
  pathStyle: boolean
}

export type S3Body = { read: () => Readable; sizeBytes: number; sha256: string }

export type S3Request = {
  method: 'GET' | 'PUT' | 'DELETE'
  /** Absent: the bucket itself. */
  key?: string
  query?: Readonly<Record<string, string>>
  headers?: Readonly<Record<string, string>>
  body?: S3Body
  /** Gives up, the answer's body included. */
  signal?: AbortSignal
}

export type S3Client = {
  /**
   * The answer to a request once it is a success. Whatever may be over in a moment is tried again until the deadline, then a FileAwayError.
   * @throws S3Error what trying again does not change
   */
  send(request: S3Request): Promise<Dispatcher.ResponseData>
  /** The same, with the answer's text. */
  ask(request: S3Request): Promise<string>
  close(): Promise<void>
}

const CONNECT_MS = 10_000
/** Until an answer begins once all was said, and between two pieces of it. */
const SILENCE_MS = 10_000
const DEADLINE_MS = 15_000
/** A request with a body has as much longer as it takes at this pace. */
const SLOWEST_BYTES_PER_MS = 1_000
const CONNECTIONS = 64
const PAUSE = { base_ms: 100, max_ms: 4_000, random: Math.random }
/** SHA-256 of nothing. */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

export type S3ClientOptions = {
  /** So long a request is tried again. */
  deadlineMs?: number
  /** So long nothing may come. */
  silenceMs?: number
  /** Instead of the system's, of names. */
  lookup?: LookupFunction
}

/** Speaks S3: signs (SigV4, the body's hash included), and asks again. */
export function createS3Client(settings: S3Settings, o: S3ClientOptions = {}): S3Client {
  const { deadlineMs = DEADLINE_MS, silenceMs = SILENCE_MS, lookup } = o
  const agent = new Agent({
    connections: CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: CONNECT_MS, ...(lookup === undefined ? {} : { lookup }) },
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
  })
  const ending = new AbortController()
  const base = baseUrl(settings)

  const attempt = async (asked: S3Request, within: AbortSignal): Promise<Dispatcher.ResponseData> => {
    const { method, key = '', query = {}, headers, body } = asked
    const search = Object.entries(query).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    const signed = await new AwsV4Signer({
      ...settings,
      service: 's3',
      method,
      url: `${base}${key}${search.length === 0 ? '' : `?${search.join('&')}`}`,
      headers: { ...headers, 'x-amz-content-sha256': body?.sha256 ?? EMPTY },
    }).sign()
    const sent = body === undefined || body.sizeBytes === 0 ? null : body.read()
    const length = body === undefined ? {} : { 'content-length': String(body.sizeBytes) }
    const answer = await request(signed.url, {
      method,
      headers: { ...Object.fromEntries(signed.headers), ...length },
      body: sent,
      dispatcher: agent,
      signal: within,
    })
    // Whoever reads it is told; whoever does not, does not care.
    answer.body.on('error', () => {})
    if (answer.statusCode < 300) return answer
    throw new S3Error(answer.statusCode, await answer.body.text())
  }

  const patience = ({ body }: S3Request): number => deadlineMs + (body?.sizeBytes ?? 0) / SLOWEST_BYTES_PER_MS

  /** `take` is part of what is tried again. */
  const tried = async <T>(asked: S3Request, within: AbortSignal, take: (answer: Dispatcher.ResponseData) => Promise<T>): Promise<T> => {
    const until = performance.now() + patience(asked)
    for (let failed = 0; ; failed += 1) {
      try {
        return await take(await attempt(asked, within))
      } catch (error) {
        if (error instanceof S3Error && !isPassing(error)) throw error
        const pause = backoff({ attempt: failed, ...PAUSE })
        if (within.aborted || performance.now() + pause > until) throw away(settings, error)
        // Aborted meanwhile: the next attempt says so.
        await delay(pause, undefined, { signal: within }).catch(() => {})
      }
    }
  }
  const withinOf = (asked: S3Request, ...others: AbortSignal[]): AbortSignal =>
    AbortSignal.any([ending.signal, ...others, ...(asked.signal === undefined ? [] : [asked.signal])])

  return {
    send: (asked) => tried(asked, withinOf(asked), (answer) => Promise.resolve(answer)),
    ask(asked) {
      // A body that nobody takes is silence of another kind, which no timeout of the connection ends.
      const most = AbortSignal.timeout(Math.ceil(patience(asked) + silenceMs))
      return tried(asked, withinOf(asked, most), (answer) => answer.body.text())
    },
    async close() {
      ending.abort()
      await agent.destroy()
    },
  }
}

/** With the slash that keys follow. */
function baseUrl({ endpoint, bucket, pathStyle }: S3Settings): string {
  const url = new URL(endpoint)
  return new URL(pathStyle ? `${url.origin}/${bucket}/` : `${url.protocol}//${bucket}.${url.host}/`).href
}

/** What the wire has damaged on its way, and what S3 itself asks to be told again. */
const PASSING_CODES: ReadonlySet<string> = new Set([
  'BadDigest',
  'IncompleteBody',
  'OperationAborted',
  'RequestTimeout',
  'XAmzContentSHA256Mismatch',
])

const isPassing = ({ status, code }: S3Error): boolean =>
  (status >= 500 && status !== 501) || status === 408 || status === 429 || PASSING_CODES.has(code)

export function away({ endpoint, bucket }: Pick<S3Settings, 'endpoint' | 'bucket'>, error: unknown): FileAwayError {
  // Where a name has several addresses and none answers, the error has a code alone.
  const { message, code } = error as Partial<NodeJS.ErrnoException>
  const why = message === undefined || message === '' ? (code ?? String(error)) : message
  return new FileAwayError(`files cannot be reached in the bucket ${bucket} at ${endpoint}: ${why}`, { cause: error })
}
