import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Message } from '@zaptria/contract'
import { ChevronLeft } from 'lucide-react'
import { useRef, useState } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { AnsweringBar } from './answering-bar.tsx'
import { Avatar } from './avatar.tsx'
import { chosenFiles, type ChosenFile } from './chosen-file.ts'
import { Composer } from './composer.tsx'
import { contactName, contactNumber } from './contact.ts'
import { conversationQuery } from './conversations.ts'
import { MessageList } from './message-list.tsx'
import { useFileDrop } from './use-file-drop.ts'
import { useMerged } from './use-merged.ts'
import { useMarkRead } from './use-mark-read.ts'

/** One conversation: who it is with, who answers, what was said, and where to write. */
export function Chat({ tenant, conversation: id }: { tenant: string; conversation: string }) {
  const t = useT()
  const { data: conversation, error, refetch } = useQuery(conversationQuery(tenant, id))
  const [replyTo, setReplyTo] = useState<Message | null>(null)
  const [files, setFiles] = useState<readonly ChosenFile[]>([])
  const area = useRef<HTMLTextAreaElement>(null)
  const addFiles = (added: Iterable<File>) => {
    const chosen = chosenFiles(added)
    // What shows them gives the focus back to where it is now.
    area.current?.focus()
    setFiles((before) => [...before, ...chosen])
  }
  const drop = useFileDrop(addFiles)
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
  /** What to call the contact; null in a group. */
  const called = conversation === undefined || conversation.contact.group !== null ? null : contactName(conversation, t)
  return (
    <section
      className="relative flex min-h-0 min-w-0 flex-1 flex-col"
      data-testid="chat"
      {...drop.on}
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
      <MessageList tenant={tenant} conversation={id} contactName={called} onReply={setReplyTo} />
      <Composer
        tenant={tenant}
        conversation={id}
        contactName={name}
        called={called}
        replyTo={replyTo}
        onReplied={() => setReplyTo(null)}
        files={files}
        onFiles={addFiles}
        onFilesGone={(gone) => setFiles((before) => before.filter((each) => !gone.includes(each)))}
        area={area}
      />
      {drop.isOver && (
        <p
          className="pointer-events-none absolute inset-2 z-stuck flex items-center justify-center rounded-card border-2 border-dashed border-accent bg-accent-soft p-4 text-center font-medium text-on-accent-soft"
          data-testid="drop-here"
        >
          {t('attach.drop')}
        </p>
      )}
    </section>
  )
}
