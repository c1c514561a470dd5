import type { StateReason } from '@zaptria/contract'

/** Why an engine cannot do what it was asked; `reason` is for the bot's state. */
export class EngineError extends Error {
  readonly reason: StateReason
  constructor(reason: StateReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EngineError'
    this.reason = reason
  }
}

/** The reason that an error carries, or the given one. */
export const reasonOf = (error: unknown, otherwise: StateReason): StateReason => (error instanceof EngineError ? error.reason : otherwise)

/** whatsapp-web.js throws strings as well. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
