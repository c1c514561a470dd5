import type { Message } from '@zaptria/contract'
import { useT } from '../../i18n/use-t.ts'
import { Loading } from '../../ui/loading.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { MessageScroller } from './message-scroller.tsx'
import { usePending } from './pending.ts'
import { useMessages } from './use-messages.ts'

type Props = { tenant: string; conversation: string; contactName: string | null; onReply: (message: Message) => void }

/** What was said, oldest at the top. Older messages come when scrolling up; the view stays where the reader is. */
export function MessageList({ tenant, conversation, contactName, onReply }: Props) {
  const t = useT()
  const loaded = useMessages(tenant, conversation)
  const waiting = usePending(conversation)
  const empty = loaded.rows.length === 0 && waiting.length === 0
  return (
    <div className="relative flex min-h-0 flex-1 flex-col bg-canvas">
      <ProblemNotice error={loaded.error} onRetry={loaded.retry} className="m-3" />
      {loaded.isPending && empty && <Loading lines={6} />}
      {!loaded.isPending && empty && <p className="m-auto py-8 text-sm text-ink-soft">{t('messages.none')}</p>}
      {!empty && (
        <MessageScroller
          tenant={tenant}
          conversation={conversation}
          contactName={contactName}
          loaded={loaded}
          waiting={waiting}
          onReply={onReply}
        />
      )}
    </div>
  )
}
