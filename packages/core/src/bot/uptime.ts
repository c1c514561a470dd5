import type { BotState } from '@zaptria/contract'

export type Uptime = {
  /** Oldest first; each until the next one, the last until `toMs`. */
  states: readonly { state: BotState; atMs: number }[]
  /** When it gave no sign, whatever it had said last. `toMs` null: still. */
  silences: readonly { fromMs: number; toMs: number | null }[]
  fromMs: number
  toMs: number
}

/**
 * Of the time between `fromMs` and `toMs`, the part in which the bot was connected; 0 to 1. Of a bot that is new in it, of the time since it was
 * first connected: that nobody had scanned yet is no fault. Null when it never was.
 */
export function uptime({ states, silences, fromMs, toMs }: Uptime): number | null {
  const [oldest] = states
  const first = oldest !== undefined && oldest.atMs <= fromMs ? oldest : states.find(({ state }) => state === 'connected')
  if (first === undefined) return null
  const beginMs = Math.max(fromMs, first.atMs)
  if (beginMs >= toMs) return null
  const within = (from: number, to: number): number => Math.max(0, Math.min(to, toMs) - Math.max(from, beginMs))
  let connectedMs = 0
  for (const [index, { state, atMs }] of states.entries()) {
    if (state !== 'connected') continue
    const endMs = states[index + 1]?.atMs ?? toMs
    const silentMs = silences.reduce(
      (sum, silence) => sum + within(Math.max(silence.fromMs, atMs), Math.min(silence.toMs ?? toMs, endMs)),
      0,
    )
    connectedMs += Math.max(0, within(atMs, endMs) - silentMs)
  }
  return connectedMs / (toMs - beginMs)
}
