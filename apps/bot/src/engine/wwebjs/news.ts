import type { EngineMessage, EngineOptions } from '../port.ts'
import { toEngineMessage } from './messages.ts'
import { RecentKeys } from './recent-keys.ts'
import type { PageChange, PageMessage } from './reports.ts'

/** What of messages, and of what is done to them, is news: each is told once, and what we sent is nobody else's. */
export class News {
  readonly #emit: EngineOptions['emit']
  readonly #seen = new RecentKeys(20_000)
  readonly #ours = new RecentKeys(20_000)

  constructor(emit: EngineOptions['emit']) {
    this.#emit = emit
  }

  /** We send something under this key. */
  addOurs(waId: string): void {
    this.#ours.add(waId)
  }

  onMessage(message: PageMessage): void {
    const own = message.fromMe && this.#ours.has(message.waId)
    if (!own && this.#seen.add(RecentKeys.of(message))) this.#emit({ kind: 'message', message: toEngineMessage(message) })
  }

  onChange(change: PageChange): void {
    if (this.#seen.add(JSON.stringify(change))) this.#emit({ kind: 'change', change })
  }

  /** Of what is read again. */
  async *caughtUp(found: AsyncIterable<PageMessage>): AsyncIterable<EngineMessage> {
    const yielded = new Set<string>()
    for await (const message of found) {
      // What became of ours meanwhile is news too.
      if (message.fromMe && message.ack >= -1 && message.ack <= 4 && message.ack !== 0)
        this.#emit({ kind: 'ack', waId: message.waId, chatId: message.chatId, ack: message.ack })
      if (message.fromMe && this.#ours.has(message.waId)) continue
      const key = RecentKeys.of(message)
      if (yielded.has(key)) continue
      yielded.add(key)
      // Should it be announced as well, it is no news any more.
      this.#seen.add(key)
      yield { ...toEngineMessage(message), caughtUp: true }
    }
  }
}
