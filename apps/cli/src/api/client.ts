import { API_BASE, Problem as ProblemDocument } from '@zaptria/contract'
import { z } from 'zod'
import { Problem } from '../command.ts'
import type { Login } from './login-file.ts'
import { uploadFile } from './upload.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type Call = { body?: unknown; query?: Record<string, string | number | undefined>; idempotencyKey?: string }

/** The public API, as an API key may use it. */
export type Api = {
  url: string
  /** What `schema` makes of the answer. @throws {ApiProblem} a refusal, @throws {Problem} no answer, or none of ours */
  call: <T extends z.ZodType>(method: Method, path: string, schema: T, call?: Call) => Promise<z.output<T>>
  /** All pages of a list. */
  list: <T extends z.ZodType>(path: string, item: T, query?: Call['query']) => Promise<z.output<T>[]>
  /** The file that a POST answers with, as it comes. What breaks off on its way throws while it is read. */
  download: (path: string, body: unknown) => Promise<AsyncIterable<Uint8Array>>
  /** POSTs the file of that name, however long it takes. */
  upload: <T extends z.ZodType>(path: string, schema: T, file: string, headers: Record<string, string>) => Promise<z.output<T>>
}

/** Zaptria said no. */
export class ApiProblem extends Problem {
  readonly code: string
  constructor({ code, title, detail, hint, errors = [] }: ProblemDocument) {
    const places = errors.map(({ path, message }) => `\n  ${path === '' ? '' : `${path}: `}${message}`)
    // Where the places are named, the API's hint says no more than that they are.
    // It is what was said just now.
    const also = detail != null && hint.startsWith('See `detail`') ? 'Nothing was changed.' : hint
    super(`${detail ?? title}${places.join('')}`, places.length > 0 ? 'Put that right, and try again.' : also)
    this.code = code
  }
}

/** Nobody answers, or only for now. */
export class AwayProblem extends Problem {}

/** What a look has found; null when Zaptria is away for the moment, a restart for example: look again. */
export async function unlessAway<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof AwayProblem) return null
    throw error
  }
}

const ANSWER_MS = 30_000

export function createApi({ url, key }: Login, signal: AbortSignal): Api {
  const addressOf = (path: string): URL => new URL(url.replace(/\/+$/, '') + API_BASE + path)
  const authorization = `Bearer ${key}`
  const call: Api['call'] = async (method, path, schema, { body, query = {}, idempotencyKey } = {}) => {
    const address = addressOf(path)
    for (const [name, value] of Object.entries(query)) if (value !== undefined) address.searchParams.set(name, String(value))
    const either = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
    const init: RequestInit = {
      method,
      redirect: 'error',
      headers: {
        accept: 'application/json',
        authorization,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: either,
    }
    return understood(address, schema, await reached(address, either, () => fetch(address, init).then(withText)))
  }
  const list: Api['list'] = async (path, item, query) => {
    const pageOf = z.object({ items: z.array(item), next: z.string().nullable() })
    const found: z.output<typeof item>[] = []
    let cursor: string | undefined
    do {
      const page = await call('GET', path, pageOf, { query: { limit: 200, ...query, cursor } })
      found.push(...page.items)
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    return found
  }
  const download: Api['download'] = async (path, body) => {
    const address = addressOf(path)
    const headers = { authorization, 'content-type': 'application/json' }
    const init: RequestInit = { method: 'POST', redirect: 'error', headers, body: JSON.stringify(body), signal }
    const answer = await reached(address, signal, () => fetch(address, init))
    if (!answer.ok || answer.body === null) throw refusal(address, answer.status, await answer.text())
    return answer.body as AsyncIterable<Uint8Array>
  }
  const upload: Api['upload'] = async (path, schema, file, headers) => {
    const address = addressOf(path)
    const all = { authorization, 'content-type': 'application/octet-stream', ...headers }
    return understood(address, schema, await reached(address, signal, () => uploadFile(address, file, all, signal)))
  }
  return { url, call, list, download, upload }
}

type Answer = { ok: boolean; status: number; text: string }
const withText = async (answer: Response): Promise<Answer> => ({ ok: answer.ok, status: answer.status, text: await answer.text() })

/** What `schema` makes of the answer. */
function understood<T extends z.ZodType>(address: URL, schema: T, { ok, status, text }: Answer): z.output<T> {
  if (!ok) throw refusal(address, status, text)
  const parsed = schema.safeParse(text === '' ? undefined : json(text))
  if (!parsed.success)
    throw new Problem(`${address.origin} answers what this zaptria does not understand.`, 'Use the zaptria of the same version.', {
      cause: parsed.error,
    })
  return parsed.data
}

async function reached<T>(address: URL, signal: AbortSignal, talk: () => Promise<T>): Promise<T> {
  try {
    return await talk()
  } catch (error) {
    if (signal.aborted && (signal.reason as Error).name !== 'TimeoutError') throw error
    throw new AwayProblem(
      `${address.origin} does not answer: ${reasonOf(error)}.`,
      'Is Zaptria running there? Another place: --url, or zaptria login',
      {
        cause: error,
      },
    )
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message
  return cause instanceof Error ? cause.message : message
}

function refusal(address: URL, status: number, text: string): Problem {
  const problem = ProblemDocument.safeParse(json(text))
  if (status === 502 || status === 503 || status === 504)
    return new AwayProblem(`${address.origin} cannot answer right now (${status}).`, 'Try again shortly; nothing was lost.')
  if (!problem.success) return new Problem(`${address.origin} answers ${status}, not as Zaptria does.`, 'Is the address right? See --url.')
  if (problem.data.code === 'unauthorized')
    return new Problem(`${address.origin} does not take this API key.`, 'Make one in the dashboard, then: zaptria login')
  return new ApiProblem(problem.data)
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
