import { Hint } from '@zaptria/contract'
import { sql } from 'kysely'
import pg from 'pg'
import { z } from 'zod'
import type { Trx } from '../store/tables.ts'

const CHANNEL = 'zaptria_hints'
/** PostgreSQL takes less than 8000 bytes at once. */
const PAYLOAD_CHARS = 7_000
const RECONNECT_MS = { first: 100, most: 5_000 }

export type Hints = {
  /** Says so to every replica when the transaction commits, and never when it rolls back. Equal hints of one transaction are sent once. */
  changed(trx: Trx, hints: Hint | readonly Hint[]): Promise<void>
  /** `missed` is called when hints may have been lost: fetch everything that matters again. */
  subscribe(heard: (hint: Hint) => void, missed?: () => void): () => void
  /** Begins to listen; resolves once it does (or when closed). Listens again by itself when the database comes back. */
  start(): Promise<void>
  close(): Promise<void>
}

/** Hints are hints (rule 8): nothing may depend on them alone. */
export function createHints({ url, onError = () => {} }: { url: string; onError?: (error: Error) => void }): Hints {
  const subscribers = new Set<{ heard: (hint: Hint) => void; missed: (() => void) | undefined }>()
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let wait = RECONNECT_MS.first
  let everListened = false
  const listening = Promise.withResolvers<void>()

  const onNotification = (message: pg.Notification): void => {
    for (const hint of parse(message.payload)) for (const { heard } of subscribers) heard(hint)
  }

  const listen = async (): Promise<void> => {
    if (closed) return
    const next = new pg.Client({
      connectionString: url,
      application_name: 'zaptria hints',
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    })
    client = next
    let lost = false
    const again = (error?: Error): void => {
      if (lost) return
      lost = true
      if (error !== undefined && !closed) onError(error)
      end(next)
      if (closed) return
      timer = setTimeout(() => void listen(), wait)
      wait = Math.min(wait * 2, RECONNECT_MS.most)
    }
    next.on('error', again)
    next.on('end', () => again())
    next.on('notification', onNotification)
    try {
      await next.connect()
      await next.query(`listen ${CHANNEL}`)
      wait = RECONNECT_MS.first
      if (everListened) for (const { missed } of subscribers) missed?.()
      everListened = true
      listening.resolve()
    } catch (error) {
      again(error instanceof Error ? error : new Error(String(error)))
    }
  }

  return {
    async changed(trx, hints) {
      const payloads = packed(Array.isArray(hints) ? hints : [hints])
      if (payloads.length === 0) return
      await sql`select pg_notify(${CHANNEL}, payload) from unnest(${payloads}::text[]) as payload`.execute(trx)
    },
    subscribe(heard, missed) {
      const subscriber = { heard, missed }
      subscribers.add(subscriber)
      return () => void subscribers.delete(subscriber)
    },
    async start() {
      void listen()
      await listening.promise
    },
    async close() {
      closed = true
      clearTimeout(timer)
      listening.resolve()
      await client?.end().catch(() => {})
    },
  }
}

/** Ending a connection that is broken already may fail; there is nothing left to do about it. */
function end(client: pg.Client): void {
  client.end().catch(() => {})
}

/** As few notifications as will hold them, equal hints once. Ids and versions are plain ASCII. */
function packed(hints: readonly Hint[]): string[] {
  const payloads: string[] = []
  let current = ''
  for (const hint of new Set(hints.map((one) => JSON.stringify(one)))) {
    if (current !== '' && current.length + hint.length > PAYLOAD_CHARS) {
      payloads.push(`[${current}]`)
      current = ''
    }
    current += current === '' ? hint : `,${hint}`
  }
  if (current !== '') payloads.push(`[${current}]`)
  return payloads
}

/** Triggers send one, alone. */
const Payload = z.union([z.array(Hint), Hint.transform((hint) => [hint])])

function parse(payload: string | undefined): Hint[] {
  try {
    return Payload.safeParse(JSON.parse(payload ?? '')).data ?? []
  } catch {
    return []
  }
}
