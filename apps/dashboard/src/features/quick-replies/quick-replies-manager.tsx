import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { QuickReply } from '@zaptria/contract'
import { Pencil, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { keys } from '../../api/keys.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Loading } from '../../ui/loading.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { quickRepliesQuery, removeQuickReply } from './quick-replies.ts'
import type { Editing } from './use-editing.ts'
import { QuickReplyForm } from './quick-reply-form.tsx'

/** All quick replies of a tenant, to make, change and remove. */
export function QuickRepliesManager({ tenant, editing }: { tenant: string; editing: Editing }) {
  const t = useT()
  const list = useQuery(quickRepliesQuery(tenant))
  return (
    <div className="space-y-3" data-testid="quick-manager">
      <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
      {list.isPending && <Loading lines={2} />}
      {list.data?.length === 0 && editing.id === null && <p className="text-sm text-ink-soft">{t('quick.none')}</p>}
      <ul className="divide-y">
        {list.data?.map((reply) => (
          <li key={reply.id} className="py-2" data-testid="quick-item">
            {editing.id === reply.id ? (
              <QuickReplyForm tenant={tenant} reply={reply} onDirty={editing.onDirty} onDone={editing.done} />
            ) : (
              <Item tenant={tenant} reply={reply} onEdit={() => editing.go(reply.id)} />
            )}
          </li>
        ))}
      </ul>
      {editing.id === 'new' ? (
        <QuickReplyForm tenant={tenant} reply={null} onDirty={editing.onDirty} onDone={editing.done} />
      ) : (
        <Button onClick={() => editing.go('new')} data-testid="quick-new">
          <Plus aria-hidden />
          {t('quick.create')}
        </Button>
      )}
      <Confirm
        open={editing.asking}
        danger
        title={t('quick.discard.title')}
        confirm={t('quick.discard')}
        onCancel={editing.keep}
        onConfirm={editing.discard}
      >
        {t('quick.discard.text')}
      </Confirm>
    </div>
  )
}

function Item({ tenant, reply, onEdit }: { tenant: string; reply: QuickReply; onEdit: () => void }) {
  const t = useT()
  const queryClient = useQueryClient()
  const [asking, setAsking] = useState(false)
  const remove = useMutation({
    mutationFn: () => removeQuickReply(tenant, reply.id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.quickReplies(tenant) }),
  })
  const { shortcut } = reply
  return (
    <div className="flex items-start gap-2">
      <div className="min-w-0 flex-1 text-sm">
        <p className="font-medium text-accent">/{shortcut}</p>
        <p className="line-clamp-3 break-words whitespace-pre-wrap text-ink-soft">{reply.body}</p>
      </div>
      <Button size="icon" look="quiet" onClick={onEdit} aria-label={t('quick.edit', { shortcut })} data-testid="quick-edit">
        <Pencil aria-hidden />
      </Button>
      <Button
        size="icon"
        look="quiet"
        onClick={() => setAsking(true)}
        aria-label={t('quick.remove', { shortcut })}
        data-testid="quick-remove"
      >
        <Trash2 aria-hidden />
      </Button>
      <Confirm
        open={asking}
        danger
        title={t('quick.remove.title', { shortcut })}
        confirm={t('quick.remove.confirm')}
        busy={remove.isPending}
        onCancel={() => setAsking(false)}
        onConfirm={() => remove.mutate()}
        error={<ProblemNotice error={remove.error} className="mt-3" />}
      >
        {t('quick.remove.text')}
      </Confirm>
    </div>
  )
}
