import type { Connection } from './connection.ts'
import type { Store } from './store.ts'

/** Counts messages in the local store, as the real page's keys go on with each, and tells the Lab when that is kept: many that come at once go together. */
export class Counter {
  readonly #store: Store
  readonly #connection: Connection
  #kept: number
  #more = 0
  #writing = false

  constructor(store: Store, connection: Connection, kept: number) {
    this.#store = store
    this.#connection = connection
    this.#kept = kept
  }

  get kept(): number {
    return this.#kept
  }

  count(): void {
    this.#more += 1
    if (!this.#writing) void this.#write()
  }

  async #write(): Promise<void> {
    this.#writing = true
    while (this.#more > 0) {
      const more = this.#more
      this.#more = 0
      this.#kept = await this.#store.count(more)
      this.#connection.send({ type: 'counted', counter: this.#kept })
    }
    this.#writing = false
  }
}
