import type { Logger } from 'pino'
import pg from 'pg'

export type Hold = {
  /** True while no other replica can hold it. */
  held(): boolean
  close(): Promise<void>
}

export type HoldOptions = {
  url: string
  name: string
  log: Logger
  /** It is ours, and was not before: done before `held` says so. */
  taken: () => Promise<void>
  /** The connection broke, and another replica got it. */
  lost: () => void
}

const RETRY_MS = 500

/**
 * Holds something for one replica at a time by an advisory lock on a connection of its own: when we die, it is free at once. Child processes
 * belong to one control plane, so that only the holder may say what runs on their server; who has lost it ends what runs here.
 */
export function holdLock({ url, name, log, taken, lost }: HoldOptions): Hold {
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined
  let held = false
  let everHeld = false
  let waiting = false
  let closed = false

  const again = (ms = RETRY_MS): void => {
    if (!closed) timer = setTimeout(() => void attempt(), ms)
  }
  const broken = (from: pg.Client, error?: Error): void => {
    if (client !== from) return
    client = undefined
    if (held) log.warn({ err: error, lock: name }, 'the connection that holds this server broke; taking it again')
    held = false
    from.end().catch(() => {})
    again()
  }
  const attempt = async (): Promise<void> => {
    const mine =
      client ??
      new pg.Client({ connectionString: url, application_name: `zaptria ${name}`, keepAlive: true, connectionTimeoutMillis: 10_000 })
    try {
      if (client === undefined) {
        client = mine
        mine.on('error', (error) => broken(mine, error))
        mine.on('end', () => broken(mine))
        await mine.connect()
      }
      const { rows } = await mine.query<{ taken: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 1)) as taken', [name])
      if (rows[0]?.taken !== true) {
        if (everHeld && !waiting) lost()
        if (!waiting) log.info({ lock: name }, 'another replica holds this server; waiting')
        waiting = true
        return again()
      }
      if (!everHeld || waiting) await taken()
      if (closed || client !== mine) return
      held = true
      everHeld = true
      waiting = false
    } catch (error) {
      broken(mine, error instanceof Error ? error : new Error(String(error)))
    }
  }
  void attempt()

  return {
    held: () => held,
    async close() {
      closed = true
      held = false
      clearTimeout(timer)
      const last = client
      client = undefined
      await last?.end().catch(() => {})
    },
  }
}
