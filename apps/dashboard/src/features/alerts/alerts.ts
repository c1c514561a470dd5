import { queryOptions } from '@tanstack/react-query'
import { Alert, page, type AlertKind } from '@zaptria/contract'
import { request, segment } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'

/** What is wrong now, newest first. */
export const alertsQuery = queryOptions({
  queryKey: keys.alerts,
  queryFn: ({ signal }) => request('GET', '/alerts?open=true&limit=200', { answer: page(Alert), signal }),
  refetchInterval: 60_000,
})

export const resolveAlert = (alert: string) => request('POST', `/alerts/${segment(alert)}/resolve`)

/** Where the cure is: the page of the tenant that the alert's advice speaks of. */
export function alertPlace(kind: AlertKind): 'connect' | 'conversations' | 'details' {
  switch (kind) {
    case 'bot_needs_scan':
    case 'bot_conflict':
    case 'bot_banned':
    case 'bot_passkey_required':
    case 'bot_failed':
    case 'bot_not_made':
    case 'number_shared':
      return 'connect'
    case 'conversation_stuck':
    case 'conversation_loop':
      return 'conversations'
    default:
      return 'details'
  }
}
