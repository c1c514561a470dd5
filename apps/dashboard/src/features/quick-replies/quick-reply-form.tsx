import { useMutation, useQueryClient } from '@tanstack/react-query'
import { QuickReplyCreate, type QuickReply } from '@zaptria/contract'
import { useId, useState } from 'react'
import { keys } from '../../api/keys.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { changeQuickReply, createQuickReply } from './quick-replies.ts'

type Props = {
  tenant: string
  /** Null: a new one. */ reply: QuickReply | null
  onDone: () => void
}

/** A quick reply's shortcut and text. */
export function QuickReplyForm({ tenant, reply, onDone }: Props) {
  const t = useT()
  const id = useId()
  const queryClient = useQueryClient()
  const [shortcut, setShortcut] = useState(reply?.shortcut ?? '')
  const [body, setBody] = useState(reply?.body ?? '')
  const [deed, setDeed] = useState(() => crypto.randomUUID())
  const word = shortcut.replace(/^\/+/, '')
  const isWord = word === '' || QuickReplyCreate.shape.shortcut.safeParse(word).success
  const save = useMutation({
    mutationFn: () => {
      const asked = { shortcut: word, body }
      return reply === null ? createQuickReply(tenant, asked, deed) : changeQuickReply(tenant, reply.id, asked)
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.quickReplies(tenant) })
      onDone()
    },
  })
  /** Another content is another deed; a retry of the same is not. */
  const change = (set: (text: string) => void) => (event: { target: { value: string } }) => {
    set(event.target.value)
    setDeed(crypto.randomUUID())
  }
  return (
    <form
      className="space-y-3 rounded-control bg-sunken p-3"
      onSubmit={(event) => {
        event.preventDefault()
        // A dialog's form is inside others for React, wherever it is drawn.
        event.stopPropagation()
        save.mutate()
      }}
    >
      <TextField
        label={t('quick.shortcut')}
        hint={t('quick.shortcut.hint')}
        {...(isWord ? {} : { error: t('quick.shortcut.wrong') })}
        required
        // The form is opened by a click that means to write.
        autoFocus
        maxLength={33}
        autoCapitalize="none"
        autoComplete="off"
        value={shortcut}
        onChange={change(setShortcut)}
        data-testid="quick-shortcut"
      />
      <div className="space-y-1.5">
        <label htmlFor={id} className="block text-sm font-medium">
          {t('quick.body')}
        </label>
        <textarea
          id={id}
          rows={3}
          required
          maxLength={4096}
          value={body}
          onChange={change(setBody)}
          aria-describedby={`${id}-hint`}
          className="field-sizing-content max-h-60 min-h-20 w-full rounded-control border border-line-strong bg-surface px-3 py-2 text-base sm:text-sm"
          data-testid="quick-body"
        />
        <p id={`${id}-hint`} className="text-sm text-ink-soft">
          {t('quick.body.hint', { placeholder: t('quick.placeholder') })}
        </p>
      </div>
      <ProblemNotice error={save.error} />
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{t('common.cancel')}</Button>
        <Button
          type="submit"
          look="primary"
          busy={save.isPending}
          disabled={!isWord || word === '' || body.trim() === ''}
          data-testid="quick-save"
        >
          {t('common.save')}
        </Button>
      </div>
    </form>
  )
}
