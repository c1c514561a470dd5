import { useMutation, useQueryClient } from '@tanstack/react-query'
import { QuickReplyCreate, type QuickReply } from '@zaptria/contract'
import { useEffect, useState } from 'react'
import { keys } from '../../api/keys.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { TextAreaField, TextField } from '../../ui/field.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { useFieldErrors } from '../../ui/use-field-errors.ts'
import { changeQuickReply, createQuickReply } from './quick-replies.ts'

type Props = {
  tenant: string
  /** Null: a new one. */ reply: QuickReply | null
  /** Something is written that is not saved. */
  onDirty: (dirty: boolean) => void
  onDone: () => void
}

/** A quick reply's shortcut and text. */
export function QuickReplyForm({ tenant, reply, onDirty, onDone }: Props) {
  const t = useT()
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
    if (save.isError) save.reset()
  }
  const dirty = shortcut !== (reply?.shortcut ?? '') || body !== (reply?.body ?? '')
  useEffect(() => onDirty(dirty), [dirty, onDirty])
  const faults = useFieldErrors(save.error, ['shortcut', 'body'])
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
        {...(isWord ? faults.at('shortcut') : { error: t('quick.shortcut.wrong') })}
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
      <TextAreaField
        label={t('quick.body')}
        hint={t('quick.body.hint', { placeholder: t('quick.placeholder') })}
        rows={3}
        required
        maxLength={4096}
        value={body}
        onChange={change(setBody)}
        data-testid="quick-body"
        {...faults.at('body')}
      />
      <ProblemNotice error={faults.rest} />
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
