import { MessagesSquare } from 'lucide-react'
import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import { Empty } from '../../ui/empty.tsx'
import { useTenantTitle } from '../tenants/use-tenant-title.ts'
import { Chat } from './chat.tsx'
import { ConversationList } from './conversation-list.tsx'

/** The inbox: list and chat beside each other; on a phone, one or the other. */
export function ConversationsPage({ tenant, conversation }: { tenant: string; conversation: string | null }) {
  const t = useT()
  useTenantTitle(tenant, t('tenant.conversations'))
  return (
    <div className="mx-auto flex min-h-0 w-full max-w-[69rem] flex-1 bg-surface md:border-x">
      <ConversationList
        tenant={tenant}
        selected={conversation}
        className={cn('w-full md:w-80 md:shrink-0 md:border-r lg:w-96', conversation !== null && 'max-md:hidden')}
      />
      {conversation === null ? (
        <div className="flex flex-1 items-center justify-center max-md:hidden">
          <Empty icon={MessagesSquare} title={t('conversations.choose')} />
        </div>
      ) : (
        <Chat key={conversation} tenant={tenant} conversation={conversation} />
      )}
    </div>
  )
}
