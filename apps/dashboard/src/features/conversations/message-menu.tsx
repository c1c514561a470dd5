import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Message } from '@zaptria/contract'
import { EllipsisVertical } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useId, useState, type KeyboardEvent } from 'react'
import { keys } from '../../api/keys.ts'
import { useNow } from '../../format/use-now.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { cn } from '../../ui/cn.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { ACTION } from './action.ts'
import { deleteMessage, editMessage, react } from './conversations.ts'
import { EMOJI, ownReaction, whatCanBeDone } from './what-can-be-done.ts'

const ITEM = 'cursor-pointer rounded-control px-3 py-2 text-sm outline-none data-[highlighted]:bg-sunken'

/** What can be done to one message: react, edit, delete for everyone. Nothing is shown where nothing can. It is made open: by the click that wanted it. */
export function MessageMenu({ tenant, message }: { tenant: string; message: Message }) {
  const t = useT()
  const [asking, setAsking] = useState<'edit' | 'delete' | null>(null)
  const possible = whatCanBeDone(message, useNow(30_000).getTime())
  const reacting = useChange(tenant, message, (emoji: string, key) => react(tenant, message.conversation_id, message.id, emoji, key))
  if (!possible.react) return null
  const mine = ownReaction(message)
  return (
    <>
      {/* Not modal: the page behind stays as it is, for the eye and for screen readers. */}
      <DropdownMenu.Root defaultOpen modal={false}>
        <DropdownMenu.Trigger className={ACTION} aria-label={t('message.menu')} data-testid="message-menu">
          <EllipsisVertical aria-hidden />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            className="z-30 rounded-card border bg-surface p-1 shadow-lg"
            aria-label={t('message.menu')}
            data-testid="message-deeds"
          >
            <DropdownMenu.Group className="flex" aria-label={t('message.react')}>
              {EMOJI.map((emoji) => (
                <DropdownMenu.Item
                  key={emoji}
                  className={cn(ITEM, 'px-2 text-lg', emoji === mine && 'bg-accent-soft')}
                  onSelect={() => reacting.mutate(emoji === mine ? '' : emoji)}
                  aria-label={emoji === mine ? t('message.unreact', { emoji }) : t('message.react-with', { emoji })}
                  data-testid="react"
                >
                  {emoji}
                </DropdownMenu.Item>
              ))}
            </DropdownMenu.Group>
            {possible.edit && (
              <DropdownMenu.Item className={ITEM} onSelect={() => setAsking('edit')} data-testid="message-edit">
                {t('message.edit')}
              </DropdownMenu.Item>
            )}
            {possible.delete && (
              <DropdownMenu.Item className={cn(ITEM, 'text-bad')} onSelect={() => setAsking('delete')} data-testid="message-delete">
                {t('message.delete')}
              </DropdownMenu.Item>
            )}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <ProblemNotice error={reacting.error} className="text-left" />
      {asking === 'edit' && <EditDialog tenant={tenant} message={message} onClose={() => setAsking(null)} />}
      {asking === 'delete' && <DeleteDialog tenant={tenant} message={message} onClose={() => setAsking(null)} />}
    </>
  )
}

/** One deed, with a key of its own for each time that a person means it. */
function useChange<T>(tenant: string, message: Message, change: (value: T, key: string) => Promise<unknown>, onDone?: () => void) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (value: T) => change(value, crypto.randomUUID()),
    ...(onDone === undefined ? {} : { onSuccess: onDone }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.messages(tenant, message.conversation_id) }),
  })
}

type DialogProps = { tenant: string; message: Message; onClose: () => void }

/** Enter saves and Shift+Enter makes a line, as where the message was written. */
function EditDialog({ tenant, message, onClose }: DialogProps) {
  const t = useT()
  const hint = useId()
  const [body, setBody] = useState(message.body)
  const edit = useChange(
    tenant,
    message,
    (text: string, key) => editMessage(tenant, message.conversation_id, message.id, text, key),
    onClose,
  )
  const isSaveable = body.trim() !== '' && body !== message.body
  const save = () => {
    if (isSaveable && !edit.isPending) edit.mutate(body)
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    save()
  }
  return (
    <Dialog open onClose={onClose} title={t('message.edit.title')} description={t('message.edit.text')} testId="edit-dialog">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          save()
        }}
        className="space-y-4"
      >
        <textarea
          autoFocus
          // What is written goes on at its end.
          onFocus={({ target }) => target.setSelectionRange(target.value.length, target.value.length)}
          value={body}
          onChange={(event) => setBody(event.target.value)}
          onKeyDown={onKey}
          aria-label={t('message.edit.label')}
          aria-describedby={hint}
          rows={4}
          className="w-full rounded-control border border-line-strong bg-surface px-3 py-2 text-base sm:text-sm"
          data-testid="edit-body"
        />
        <p id={hint} className="sr-only">
          {t('message.edit.keys')}
        </p>
        <ProblemNotice error={edit.error} />
        <div className="flex justify-end gap-2">
          <Button type="button" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" look="primary" busy={edit.isPending} disabled={!isSaveable} data-testid="edit-save">
            {t('message.edit.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function DeleteDialog({ tenant, message, onClose }: DialogProps) {
  const t = useT()
  const remove = useChange(tenant, message, (_: undefined, key) => deleteMessage(tenant, message.conversation_id, message.id, key), onClose)
  return (
    <Confirm
      open
      danger
      onCancel={onClose}
      onConfirm={() => remove.mutate(undefined)}
      busy={remove.isPending}
      title={t('message.delete.title')}
      confirm={t('message.delete')}
      error={<ProblemNotice error={remove.error} className="mt-3" />}
    >
      <p>{t('message.delete.text')}</p>
    </Confirm>
  )
}
