import type { FailureReason, MessageStatus } from '@zaptria/contract'

/** What can be heard about an outgoing message. */
export type MessageNews =
  | { kind: 'ack'; ack: number }
  | { kind: 'result'; outcome: 'handed' | 'failed' | 'unknown'; reason?: FailureReason | undefined }

const RANK = { accepted: 1, delivered: 2, read: 3 } as const
type Acknowledged = keyof typeof RANK
const isAcknowledged = (status: MessageStatus): status is Acknowledged => status in RANK

/**
 * A message's next status: forward only. WhatsApp's word (ack ≥ 1) is a fact and wins over everything that we or the bot concluded; nothing
 * else touches what WhatsApp has taken. News that changes nothing returns the same status.
 */
export function forward(status: MessageStatus, news: MessageNews): MessageStatus {
  if (status === 'received') return status
  switch (news.kind) {
    case 'ack':
      return news.ack >= 1 ? acknowledged(status, news.ack >= 3 ? 'read' : news.ack === 2 ? 'delivered' : 'accepted') : status
    case 'result':
      return isAcknowledged(status) ? status : resulted(status, news)
    default:
      return news satisfies never
  }
}

function acknowledged(status: MessageStatus, next: Acknowledged): MessageStatus {
  return isAcknowledged(status) && RANK[status] >= RANK[next] ? status : next
}

function resulted(status: MessageStatus, news: Extract<MessageNews, { kind: 'result' }>): MessageStatus {
  switch (news.outcome) {
    case 'handed':
      // The page has it, whatever we had given it up for. A reported failure stays: the bot does not take it back but by an ack.
      return status === 'failed' ? status : 'handed'
    case 'failed':
      if (status !== 'queued' && status !== 'handed' && status !== 'unknown') return status
      return news.reason === 'expired' ? 'expired' : 'failed'
    case 'unknown':
      return status === 'queued' || status === 'handed' ? 'unknown' : status
    default:
      return news.outcome satisfies never
  }
}
