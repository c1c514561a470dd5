import type { KeyLookup } from '../engine/port.ts'
import type { Send } from '../outbox/sends.ts'

/**
 * What to do about a message that somebody may have sent already, by what the page knows of its key.
 * - `done`: the page has it; `ack` when WhatsApp's servers have it too.
 * - `send`: it certainly has not left, or not arrived: send it, with the same key.
 * - `unknown`: nobody can tell.
 */
export type Verdict = { do: 'done'; ack: number | null; chatId: string } | { do: 'send' } | { do: 'unknown'; why: string }

export const settle = (send: Send, lookup: KeyLookup, volume: { pairing: number; mayHavePredecessor: boolean }): Verdict => {
  if (lookup.found) {
    if (lookup.ack >= 1) return { do: 'done', ack: lookup.ack, chatId: lookup.chatId }
    // 0: the page owns it and will send it. -1: it tried and failed.
    return lookup.ack === 0 ? { do: 'done', ack: null, chatId: lookup.chatId } : { do: 'send' }
  }
  if (send.pairing !== null) {
    return send.pairing === volume.pairing
      ? { do: 'send' }
      : { do: 'unknown', why: 'The number was linked anew since the first attempt, and what was sent before cannot be seen any more.' }
  }
  // Never tried here. It may have been on a volume before this one.
  return volume.mayHavePredecessor
    ? { do: 'unknown', why: 'An earlier volume of this bot may have sent it, and this one cannot see that.' }
    : { do: 'send' }
}
