/** The last `limit` keys, oldest forgotten first. */
export class RecentKeys {
  readonly #limit: number
  readonly #keys = new Set<string>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** One message, as far as one account can tell: senders choose ids. */
  static of(message: { chatId: string; fromMe: boolean; sender: string; waId: string }): string {
    return `${message.fromMe}_${message.chatId}_${message.sender}_${message.waId}`
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }

  /** False when it was there already. */
  add(key: string): boolean {
    if (this.#keys.has(key)) return false
    this.#keys.add(key)
    if (this.#keys.size > this.#limit) for (const oldest of this.#keys) return this.#keys.delete(oldest)
    return true
  }
}
