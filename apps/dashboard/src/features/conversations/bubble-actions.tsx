import type { Message } from '@zaptria/contract'
import { EllipsisVertical, Reply } from 'lucide-react'
import { useState } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { ACTION } from './action.ts'
import { MessageMenu } from './message-menu.tsx'
import { whatCanBeDone } from './what-can-be-done.ts'

/** What never left for WhatsApp cannot be answered there. */
const NOT_THERE: ReadonlySet<string> = new Set(['scheduled', 'failed', 'expired', 'cancelled'])

/** Beside a message: answer it, and what else can be done. Shown under the pointer, at the keyboard's focus, and always where there is no pointer. */
export function BubbleActions({ tenant, message, onReply }: { tenant: string; message: Message; onReply: (message: Message) => void }) {
  const t = useT()
  // A menu for each of hundreds of messages costs more than the messages: it is made when it is first wanted.
  const [wanted, setWanted] = useState(false)
  const canReply = message.deleted_at === null && message.wa_id !== null && !NOT_THERE.has(message.status)
  // Whether anything can be done does not depend on the time; what, the menu says.
  const { react } = whatCanBeDone(message, 0)
  if (!canReply && !react) return null
  return (
    <div className="flex shrink-0 self-center opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 has-[[data-state=open]]:opacity-100 pointer-coarse:opacity-100">
      {canReply && (
        <button
          type="button"
          className={ACTION}
          aria-label={t('message.reply')}
          title={t('message.reply')}
          onClick={() => onReply(message)}
          data-testid="message-reply"
        >
          <Reply aria-hidden />
        </button>
      )}
      {react && wanted && <MessageMenu tenant={tenant} message={message} />}
      {react && !wanted && (
        <button
          type="button"
          className={ACTION}
          aria-label={t('message.menu')}
          aria-haspopup="menu"
          onClick={() => setWanted(true)}
          data-testid="message-menu"
        >
          <EllipsisVertical aria-hidden />
        </button>
      )}
    </div>
  )
}
