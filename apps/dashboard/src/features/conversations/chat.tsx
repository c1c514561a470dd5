import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Message } from '@zaptria/contract'
import { ChevronLeft } from 'lucide-react'
import { useState } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { AnsweringBar } from './answering-bar.tsx'
import { Avatar } from './avatar.tsx'
import { Composer } from './composer.tsx'
import { contactName, contactNumber } from './contact.ts'
import { conversationQuery } from './conversations.ts'
import { MessageList } from './message-list.tsx'
import { useMerged } from './use-merged.ts'
import { useMarkRead } from './use-mark-read.ts'

/** One conversation: who it is with, who answers, what was said, and where to write. */
export function Chat({ tenant, conversation: id }: { tenant: string; conversation: string }) {
  const t = useT()
  const { data: conversation, error, refetch } = useQuery(conversationQuery(tenant, id))
  const [replyTo, setReplyTo] = useState<Message | null>(null)
  useMerged(tenant, id, conversation?.id)
  useMarkRead(tenant, id, conversation?.unread ?? 0)
  if (conversation === undefined && error !== null) {
    return (
      <div className="flex-1 p-4">
        <ProblemNotice error={error} onRetry={() => void refetch()} />
      </div>
    )
  }
  const number = conversation === undefined ? null : contactNumber(conversation, t)
  const name = (conversation?.contact.group === null && conversation.contact.name) || null
  return (
    <section
      className="flex min-h-0 min-w-0 flex-1 flex-col"
      aria-label={conversation === undefined ? t('tenant.conversations') : contactName(conversation, t)}
    >
      <header className="flex items-center gap-3 border-b px-4 py-2">
        <Link
          to="/tenants/$tenantId/conversations"
          params={{ tenantId: tenant }}
          aria-label={t('conversation.back')}
          className="-ml-2 rounded-control p-1.5 text-ink-soft hover:bg-sunken md:hidden"
        >
          <ChevronLeft className="size-5" aria-hidden />
        </Link>
        {conversation !== undefined && <Avatar contact={conversation.contact} className="size-9" />}
        <div className="min-w-0">
          <h2 className="truncate font-semibold" data-testid="contact-name">
            {conversation === undefined ? '…' : contactName(conversation, t)}
          </h2>
          {number !== null && <p className="text-sm text-ink-soft">{number}</p>}
        </div>
      </header>
      {conversation !== undefined && <AnsweringBar tenant={tenant} conversation={conversation} />}
      <MessageList tenant={tenant} conversation={id} contactName={name} onReply={setReplyTo} />
      <Composer
        tenant={tenant}
        conversation={id}
        contactName={name}
        replyTo={replyTo}
        onReplied={() => setReplyTo(null)}
      />
    </section>
  )
}
