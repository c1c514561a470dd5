import type { BotState, StateReason } from '@zaptria/contract'

export type SocketMeaning =
  | { means: 'nothing' | 'unpaired' | 'idle' | 'pairing' | 'connected' | 'lost' }
  | { means: 'ended'; state: BotState; reason: StateReason }

/** What a state of the page's socket says, given whether this session is linked already. */
export const socketMeaning = (socket: string, linked: boolean): SocketMeaning => {
  switch (socket) {
    case 'CONNECTED':
      return { means: 'connected' }
    case 'PAIRING':
      return { means: 'pairing' }
    case 'UNPAIRED':
      return linked ? { means: 'ended', state: 'logged_out', reason: 'logout_by_phone' } : { means: 'unpaired' }
    case 'UNPAIRED_IDLE':
      return linked ? { means: 'ended', state: 'logged_out', reason: 'logout_by_phone' } : { means: 'idle' }
    case 'CONFLICT':
      return { means: 'ended', state: 'conflict', reason: 'opened_elsewhere' }
    case 'TOS_BLOCK':
    case 'SMB_TOS_BLOCK':
      return { means: 'ended', state: 'banned', reason: 'account_banned' }
    case 'DEPRECATED_VERSION':
      return { means: 'ended', state: 'failed', reason: 'engine_incompatible' }
    case 'PROXYBLOCK':
      return { means: 'ended', state: 'reconnecting', reason: 'page_unreachable' }
    case 'OPENING':
    case 'TIMEOUT':
    case 'UNLAUNCHED':
      return { means: 'lost' }
    default:
      return { means: 'nothing' }
  }
}
