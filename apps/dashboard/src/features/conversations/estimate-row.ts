import type { ChatRow } from './rows.ts'

const LINE_PX = 20
const CHARACTERS_A_LINE = 60

/** About how high a row will be, in pixels, before it is drawn and measured. The nearer, the steadier the scroll bar. Undefined: one that is being sent. */
export function estimateRow(row: ChatRow | undefined): number {
  if (row === undefined) return 64
  const { message, startsDay, first } = row
  const lines = message.body.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / CHARACTERS_A_LINE)), 0)
  const shown = message.content !== null ? 90 : lines * LINE_PX
  const picture = message.media?.state === 'stored' && (message.media.kind === 'image' || message.media.kind === 'video')
  return (
    shown +
    (first ? 24 : 18) +
    (first && message.from_me ? 16 : 0) +
    (startsDay ? 46 : 0) +
    (message.quoted === null ? 0 : 48) +
    (message.media === null ? 0 : picture ? 240 : 48) +
    (message.reactions.length === 0 ? 0 : 22) +
    (message.status === 'failed' || message.status === 'expired' || message.status === 'unknown' ? 44 : 0)
  )
}
