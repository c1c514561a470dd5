import type { Outgoing } from '../../wire/frames.ts'

export type Credentials = { device: string; secret: string }
/** The device's key material; the Lab encrypts nothing, but its QR carries what the real one carries. */
export type KeyMaterial = { noise: Uint8Array; identity: Uint8Array; adv: Uint8Array }
/** `failed`: refused by the server; stays, as in WhatsApp, until somebody tries again. */
export type Pending = { id: string; outgoing: Outgoing; failed: boolean }

const request = <T>(one: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    one.addEventListener('success', () => resolve(one.result))
    one.addEventListener('error', () => reject(one.error ?? new Error('IndexedDB failed')))
  })

/** What the page keeps over a reload: credentials, how many messages it has counted, and what it has sent but the server has not acknowledged. */
export class Store {
  readonly #db: IDBDatabase

  private constructor(db: IDBDatabase) {
    this.#db = db
  }

  static async open(): Promise<Store> {
    const opening = indexedDB.open('lab', 1)
    opening.addEventListener('upgradeneeded', () => {
      opening.result.createObjectStore('session')
      opening.result.createObjectStore('outbox', { keyPath: 'id' })
    })
    return new Store(await request(opening))
  }

  async credentials(): Promise<Credentials | null> {
    return ((await request(this.#session('readonly').get('credentials'))) as Credentials | undefined) ?? null
  }

  async saveCredentials(credentials: Credentials): Promise<void> {
    await this.#settled((store) => store.put(credentials, 'credentials'))
  }

  async keys(): Promise<KeyMaterial> {
    const known = (await request(this.#session('readonly').get('keys'))) as KeyMaterial | undefined
    if (known) return known
    const random = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32))
    const keys = { noise: random(), identity: random(), adv: random() }
    await this.#settled((store) => store.put(keys, 'keys'))
    return keys
  }

  async counter(): Promise<number> {
    return ((await request(this.#session('readonly').get('counter'))) as number | undefined) ?? 0
  }

  /** Counts so many more messages; resolves with all that are counted, when that is kept. */
  async count(more: number): Promise<number> {
    const store = this.#db.transaction('session', 'readwrite').objectStore('session')
    const counter = (((await request(store.get('counter'))) as number | undefined) ?? 0) + more
    store.put(counter, 'counter')
    await done(store.transaction)
    return counter
  }

  /** Keeps so many megabytes of nothing, as old chats do in the real page's. */
  async fill(megabytes: number): Promise<void> {
    for (let nr = 0; nr < megabytes; nr++) {
      const bytes = new Uint8Array(1024 * 1024)
      for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536))
      await this.#settled((store) => store.put(bytes, `ballast ${nr}`))
    }
  }

  async forget(): Promise<void> {
    await this.#settled((store) => store.clear())
    await request(this.#outbox('readwrite').clear())
  }

  async pending(): Promise<Pending[]> {
    return (await request(this.#outbox('readonly').getAll())) as Pending[]
  }

  async savePending(pending: Pending): Promise<void> {
    const store = this.#outbox('readwrite')
    store.put(pending)
    await done(store.transaction)
  }

  async settlePending(id: string): Promise<void> {
    await request(this.#outbox('readwrite').delete(id))
  }

  #session(mode: IDBTransactionMode): IDBObjectStore {
    return this.#db.transaction('session', mode, { durability: 'strict' }).objectStore('session')
  }

  #outbox(mode: IDBTransactionMode): IDBObjectStore {
    return this.#db.transaction('outbox', mode).objectStore('outbox')
  }

  async #settled(act: (store: IDBObjectStore) => void): Promise<void> {
    const store = this.#session('readwrite')
    act(store)
    await done(store.transaction)
  }
}

const done = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('IndexedDB aborted')))
  })
