import { API_BASE, Problem, type FieldMistake } from '@zaptria/contract'
import type { z } from 'zod'

/** Our own codes beside the catalogue's: no answer at all, or one that this page cannot read. */
export type ClientErrorCode = 'offline' | 'unreadable_answer'

/** A request that did not do what was asked. `code` is the catalogue's, or one of ours; people get its sentence from the messages. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  readonly detail: string | undefined
  readonly errors: FieldMistake[]
  readonly retryAfterS: number | undefined

  constructor(options: {
    code: string
    status: number
    detail?: string | undefined
    errors?: FieldMistake[] | undefined
    retryAfterS?: number | undefined
    cause?: unknown
  }) {
    super(options.detail ?? options.code, { cause: options.cause })
    this.name = 'ApiError'
    this.code = options.code
    this.status = options.status
    this.detail = options.detail
    this.errors = options.errors ?? []
    this.retryAfterS = options.retryAfterS
  }
}

type RequestOptions<T extends z.ZodType | undefined> = {
  /** The contract's schema of the answer; left out when there is nothing to read. */
  answer?: T
  body?: unknown
  /** A file as the body, instead of JSON. */
  file?: Blob
  signal?: AbortSignal | undefined
  /** One per deed of a person, the same for each retry of it. */
  idempotencyKey?: string
}

type Answer<T extends z.ZodType | undefined> = T extends z.ZodType ? z.output<T> : undefined

async function failure(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfterS = Number.isFinite(retryAfter) ? retryAfter : undefined
  const problem = Problem.safeParse(await response.json().catch(() => null))
  if (problem.success) {
    const { code, detail, errors } = problem.data
    return new ApiError({ code, status: response.status, detail, errors, retryAfterS })
  }
  // Not ours: a proxy in between answered. Its status is all there is to go by.
  return new ApiError({ code: response.status >= 500 ? 'unavailable' : 'unreadable_answer', status: response.status, retryAfterS })
}

/** One call of the API. Throws ApiError, or the AbortError of the caller's own signal. */
export async function request<T extends z.ZodType | undefined = undefined>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  { answer, body, file, signal, idempotencyKey }: RequestOptions<T> = {},
): Promise<Answer<T>> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (file !== undefined) headers['content-type'] = file.type === '' ? 'application/octet-stream' : file.type
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey
  let response: Response
  try {
    response = await fetch(API_BASE + path, {
      method,
      headers,
      credentials: 'same-origin',
      signal: signal ?? null,
      ...(file !== undefined ? { body: file } : body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (cause) {
    if (signal?.aborted === true) throw cause
    throw new ApiError({ code: 'offline', status: 0, cause })
  }
  if (!response.ok) throw await failure(response)
  if (answer === undefined) return undefined as Answer<T>
  const parsed = answer.safeParse(await response.json().catch(() => undefined))
  if (!parsed.success) throw new ApiError({ code: 'unreadable_answer', status: response.status, detail: parsed.error.message })
  return parsed.data as Answer<T>
}

/** A query string of what is set. */
export function search(values: Record<string, string | number | undefined | null>): string {
  const set = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '')
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([key, value]) => [key, String(value)])).toString()}`
}

export const segment = encodeURIComponent
