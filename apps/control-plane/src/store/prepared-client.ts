import { createHash } from 'node:crypto'
import type { Writable } from 'node:stream'
import pg from 'pg'

/** A statement that a connection has run so often is worth keeping there: parsed and, when that is no worse, planned once. */
const WORTH_KEEPING = 10
/** Each costs the server some tens of kilobytes per connection. */
const MOST_KEPT = 200
/** Texts under observation. Statements whose text depends on the data would fill it: it begins anew then. */
const MOST_COUNTED = 2_000

/**
 * Runs what is repeated as prepared statements. Whoever asks need not know: same texts, same parameters, same answers. Behind a pooler that
 * hands connections on between transactions this needs one that knows prepared statements (PgBouncer 1.21 or later).
 */
export class PreparedClient extends pg.Client {
  readonly #counts = new Map<string, number>()
  readonly #names = new Map<string, string>()
  /** Grows when the schema has changed under the kept statements: names that are new have none of the old plans. */
  #generation = 0
  #gathering = false

  constructor(config?: string | pg.ClientConfig) {
    super(config)
    const plain = this.query.bind(this) as (...given: unknown[]) => Promise<unknown>
    // It takes many forms; all but (text, values) are passed on as they are.
    const query = (...given: unknown[]): Promise<unknown> => {
      this.#gather()
      const [text, values] = given
      const name = given.length === 2 && typeof text === 'string' && Array.isArray(values) ? this.#nameOf(text) : undefined
      if (name === undefined) return plain(...given)
      return plain({ name, text, values }).catch((error: unknown) => {
        if (isStale(error)) this.#forget()
        throw error
      })
    }
    this.query = query as pg.Client['query']
  }

  /** What is asked in one turn goes out in one write: a write costs more than what is written. */
  #gather(): void {
    const { stream } = (this as unknown as { connection: { stream: Writable } }).connection
    if (this.#gathering) return
    this.#gathering = true
    stream.cork()
    setImmediate(() => {
      this.#gathering = false
      stream.uncork()
    })
  }

  #nameOf(text: string): string | undefined {
    const known = this.#names.get(text)
    if (known !== undefined) return known
    if (this.#names.size >= MOST_KEPT) return undefined
    const count = (this.#counts.get(text) ?? 0) + 1
    if (count < WORTH_KEEPING) {
      if (this.#counts.size >= MOST_COUNTED) this.#counts.clear()
      this.#counts.set(text, count)
      return undefined
    }
    this.#counts.delete(text)
    const name = `z${this.#generation}_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`
    this.#names.set(text, name)
    return name
  }

  #forget(): void {
    this.#generation += 1
    this.#names.clear()
  }
}

/** "cached plan must not change result type": a migration went by. The transaction is lost, as with any other error; the next one works. */
function isStale(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '0A000' && error.message.includes('cached plan')
}
