import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Message } from '@zaptria/contract'
import { keys } from '../../api/keys.ts'
import { useT } from '../../i18n/use-t.ts'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { cancelMessage } from './conversations.ts'
import { useSend } from './use-send.ts'
import { Waits } from './waits.tsx'

export const LINK_BUTTON = 'inline-flex min-h-6 items-center text-left font-medium underline underline-offset-2 hover:no-underline'

type Props = { tenant: string; message: Message }

/** Under a message that did not go, or has not gone yet: why, and what can be done. */
export function Trouble({ tenant, message }: Props) {
  switch (message.status) {
    case 'scheduled':
      return <Cancel tenant={tenant} message={message} />
    case 'queued':
      return (
        <>
          <Waits tenant={tenant} message={message} />
          <Cancel tenant={tenant} message={message} />
        </>
      )
    case 'handed':
      return <Waits tenant={tenant} message={message} />
    case 'failed':
    case 'expired':
    case 'unknown':
      return <NotSent tenant={tenant} message={message} status={message.status} />
    default:
      return null
  }
}

function Cancel({ tenant, message }: Props) {
  const t = useT()
  const queryClient = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => cancelMessage(tenant, message.conversation_id, message.id),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.messages(tenant, message.conversation_id) }),
  })
  return (
    <p className="text-right text-xs">
      <button type="button" className={LINK_BUTTON} onClick={() => cancel.mutate()} data-testid="message-cancel">
        {t('message.cancel')}
      </button>
      <ProblemNotice error={cancel.error} className="mt-1 text-left" />
    </p>
  )
}

function NotSent({ tenant, message, status }: Props & { status: 'failed' | 'expired' | 'unknown' }) {
  const t = useT()
  const send = useSend(tenant, message.conversation_id)
  const again = () =>
    send({ key: crypto.randomUUID(), body: message.body, at: new Date().toISOString(), replyTo: message.quoted_message?.id ?? null })
  return (
    <div className="mt-1 border-t border-bad/30 pt-1 text-xs text-bad" data-testid="message-failure">
      <p>{status === 'failed' && message.failure !== null ? t(`failure.${message.failure.reason}`) : t(`status.${status}.why`)}</p>
      {/* A file is chosen anew: its message holds no more than the caption. Content comes from other systems. */}
      {message.media === null && message.content === null && (
        <button type="button" className={LINK_BUTTON} onClick={again} data-testid="message-again">
          {t(status === 'unknown' ? 'message.again.maybe-twice' : 'message.again')}
        </button>
      )}
    </div>
  )
}
