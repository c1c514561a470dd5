import type { BotState, StateReason } from '@zaptria/contract'
import { EngineError, messageOf } from '../error.ts'

const firstLine = (text: string): string => text.split('\n')[0] ?? text

/** A start that failed; a browser's last words are in the message. */
export const launchFailure = (error: unknown): EngineError => {
  if (error instanceof EngineError) return error
  const message = messageOf(error)
  const as = (reason: StateReason, text: string) => new EngineError(reason, text, { cause: error })
  if (/no usable sandbox|without --no-sandbox|namespace sandbox|credentials\.cc/i.test(message))
    return as('sandbox_unavailable', 'this host does not let Chromium use its sandbox')
  if (/no space left|ENOSPC/i.test(message)) return as('disk_full', 'no space left for the browser')
  if (/net::ERR_/.test(message)) return as('page_unreachable', firstLine(message))
  return as('browser_crashed', message.replaceAll('\n', ' '))
}

/** What became of a start or an injection after the browser was up. */
export const pageFailure = (error: unknown): EngineError => {
  if (error instanceof EngineError) return error
  const message = messageOf(error)
  const as = (reason: StateReason) => new EngineError(reason, firstLine(message), { cause: error })
  if (/net::ERR_/.test(message)) return as('page_unreachable')
  if (/timed out|timeout/i.test(message)) return as('page_timeout')
  if (/target closed|session closed|connection closed|browser has disconnected/i.test(message)) return as('browser_crashed')
  return as('engine_incompatible')
}

/** The document went away while it was asked something: ask its successor. */
export const isDocumentGone = (error: unknown): boolean =>
  /context was destroyed|cannot find context|detached frame|frame was detached|frame got detached/i.test(messageOf(error))

const NEEDS_HANDS: readonly StateReason[] = ['browser_missing', 'sandbox_unavailable', 'engine_incompatible', 'disk_full', 'volume_locked']

/** What the bot is in meanwhile: trying again, or waiting for somebody's help. */
export const stateAfter = (reason: StateReason): BotState => (NEEDS_HANDS.includes(reason) ? 'failed' : 'reconnecting')
