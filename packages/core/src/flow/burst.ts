import type { Flow } from '@zaptria/contract'
import type { FlowMessage } from './step.ts'
import { clip, MAX_REPLY } from './text.ts'

/** What a contact wrote in several messages in a row, not answered yet. JSON, kept as a row. */
export type FlowBurst = {
  /** Joined by newlines. */
  text: string
  /** The last message's. */
  type: string
  /** WhatsApp's time of the first: late or not, in time or not, is counted from there. */
  timestamp_ms: number
  begun_at_ms: number
  /** When it is to be answered. */
  due_at_ms: number
}

/** A contact who never pauses is answered all the same, after so many times the flow's `debounce_seconds`. */
export const BURST_MOST = 3

/** The burst with one more message: `null` = its first. The answer waits for the contact to be quiet. */
export function addToBurst(
  flow: Pick<Flow, 'debounce_seconds'>,
  burst: FlowBurst | null,
  message: Pick<FlowMessage, 'text' | 'type' | 'timestamp_ms' | 'now_ms'>,
): FlowBurst {
  const { text, type, timestamp_ms, now_ms } = message
  const quiet = flow.debounce_seconds * 1000
  const begun = burst ?? { text: '', timestamp_ms, begun_at_ms: now_ms }
  return {
    text: clip([begun.text, text].filter((part) => part !== '').join('\n'), MAX_REPLY),
    type,
    timestamp_ms: begun.timestamp_ms,
    begun_at_ms: begun.begun_at_ms,
    due_at_ms: Math.min(now_ms + quiet, begun.begun_at_ms + BURST_MOST * quiet),
  }
}
