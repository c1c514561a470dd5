import type { Flow } from '@zaptria/contract'
import { clip, fold } from './text.ts'

/** How contact and flow answer each other lately, so that two programs that do so are told from a person. JSON, kept with the conversation. */
export type FlowPace = {
  since_ms: number
  /** Of the flow since then. */
  answers: number
  /** What was answered last, folded. */
  heard: string
  /** How often in a row. */
  repeats: number
}

export const PACE_WINDOW_MS = 10 * 60_000
/** So often in a row the same words are answered. People repeat "1" and "oi"; an absence notice is longer. */
export const MAX_REPEATS = 3
const REPEATED_CHARS = 20

/** The pace once `text` is answered too. */
export function addToPace(pace: FlowPace | null, { text, now_ms }: { text: string; now_ms: number }): FlowPace {
  const heard = clip(fold(text), 200)
  const kept = pace !== null && now_ms - pace.since_ms < PACE_WINDOW_MS ? pace : { since_ms: now_ms, answers: 0, heard: '', repeats: 0 }
  return { since_ms: kept.since_ms, answers: kept.answers + 1, heard, repeats: kept.heard === heard ? kept.repeats + 1 : 1 }
}

/** Why this is nobody who listens, in words; null when it may be a person. */
export function loopIn(flow: Pick<Flow, 'loop_after_answers'>, { answers, heard, repeats }: FlowPace): string | null {
  if (flow.loop_after_answers === null) return null
  if (repeats > MAX_REPEATS && heard.length >= REPEATED_CHARS) return `the same words were answered ${MAX_REPEATS} times in a row`
  if (answers > flow.loop_after_answers) return `${flow.loop_after_answers} answers within ${PACE_WINDOW_MS / 60_000} minutes`
  return null
}
