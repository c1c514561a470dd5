import type { Message } from '@zaptria/contract'
import { SendHorizontal, Zap } from 'lucide-react'
import { useEffect, useId, useState, type RefObject } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { filledIn } from '../quick-replies/match.ts'
import { QuickRepliesDialog } from '../quick-replies/quick-replies-card.tsx'
import { QuickReplyPanel } from '../quick-replies/quick-reply-panel.tsx'
import { useQuickReplies } from '../quick-replies/use-quick-replies.ts'
import { Attach } from './attach.tsx'
import type { ChosenFile } from './chosen-file.ts'
import { keepDraft, readDraft } from './drafts.ts'
import { LONGEST } from './longest.ts'
import { Replying } from './replying.tsx'
import { SendFiles } from './send-files.tsx'
import { useSend } from './use-send.ts'
import { WillWait } from './waits.tsx'

type Props = {
  tenant: string
  conversation: string
  /** Null for a group, or where it is not known. */
  contactName: string | null
  /** What to call the contact; null in a group. */
  called: string | null
  /** The message that is answered. */
  replyTo: Message | null
  /** It is not, or not any more. */
  onReplied: () => void
  /** What is to be sent once it was looked at. */
  files: readonly ChosenFile[]
  onFiles: (files: Iterable<File>) => void
  /** They are sent, or are not to be. */
  onFilesGone: (gone: readonly ChosenFile[]) => void
  area: RefObject<HTMLTextAreaElement | null>
}

/** Where a person writes. Enter sends, Shift+Enter makes a line; what is not sent stays with its conversation. */
export function Composer({ tenant, conversation, contactName, called, replyTo, onReplied, files, onFiles, onFilesGone, area }: Props) {
  const t = useT()
  const id = useId()
  const send = useSend(tenant, conversation)
  const [text, setText] = useState(() => readDraft(conversation))
  const [managing, setManaging] = useState(false)
  useEffect(() => {
    if (replyTo !== null) area.current?.focus()
  }, [replyTo, area])
  const change = (next: string) => {
    setText(next)
    keepDraft(conversation, next)
  }
  const quick = useQuickReplies(tenant, text, ({ body }, instead) => {
    const words = filledIn(body, contactName)
    const { selectionStart = text.length, selectionEnd = text.length } = area.current ?? {}
    change(instead ? words : text.slice(0, selectionStart) + words + text.slice(selectionEnd))
    area.current?.focus()
  })
  const submit = () => {
    const body = text.trim()
    // What shows the files may still be on its way: the words go with them.
    if (body === '' || files.length > 0) return
    send({ key: crypto.randomUUID(), body, at: new Date().toISOString(), replyTo: replyTo?.id ?? null })
    change('')
    onReplied()
    area.current?.focus()
  }
  return (
    <>
      <form
        className="relative flex flex-wrap items-end gap-1 border-t bg-surface p-2 sm:gap-2 sm:p-3"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        {quick.open && files.length === 0 && <QuickReplyPanel quick={quick} contactName={contactName} onManage={() => setManaging(true)} />}
        <WillWait tenant={tenant} />
        {replyTo !== null && <Replying message={replyTo} contactName={called} onCancel={onReplied} />}
        <Attach tenant={tenant} onChoose={onFiles} />
        <Button
          look="quiet"
          size="icon"
          aria-label={t('quick.open')}
          title={t('quick.open')}
          aria-expanded={quick.open}
          onClick={() => {
            quick.toggle()
            area.current?.focus()
          }}
          data-testid="quick-open"
        >
          <Zap aria-hidden />
        </Button>
        <label htmlFor={id} className="sr-only">
          {t('composer.label')}
        </label>
        <textarea
          ref={area}
          id={id}
          rows={1}
          maxLength={LONGEST}
          value={text}
          placeholder={t('composer.placeholder')}
          aria-describedby={`${id}-hint`}
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-controls={quick.open && quick.active !== undefined ? quick.listId : undefined}
          aria-activedescendant={quick.open && quick.active !== undefined ? quick.optionId(quick.active) : undefined}
          data-testid="composer"
          className="field-sizing-content max-h-44 min-h-10 min-w-0 flex-1 resize-none rounded-3xl border border-line-strong bg-surface px-4 py-2 text-base placeholder:text-ink-soft sm:text-sm"
          onChange={(event) => change(event.target.value)}
          onPaste={(event) => {
            const { files: pasted, types } = event.clipboardData
            // A table or a text is copied with its picture beside it: what is meant are the words.
            if (pasted.length === 0 || types.includes('text/plain')) return
            event.preventDefault()
            onFiles(pasted)
          }}
          onKeyDown={(event) => {
            if (quick.onKey(event)) return
            if (event.key === 'Escape' && replyTo !== null) onReplied()
            // While an input method composes (accents, Japanese …), Enter belongs to it.
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
            event.preventDefault()
            submit()
          }}
        />
        <p id={`${id}-hint`} className="sr-only">
          {t('composer.keys')}
        </p>
        <Button
          type="submit"
          look="primary"
          size="icon"
          className="rounded-full"
          disabled={text.trim() === ''}
          aria-label={t('composer.send')}
          data-testid="send"
        >
          <SendHorizontal aria-hidden />
        </Button>
      </form>
      {/* Outside the form: what is submitted in a dialog is not a message. */}
      <SendFiles
        tenant={tenant}
        conversation={conversation}
        files={files}
        text={text}
        onText={change}
        replyTo={replyTo?.id ?? null}
        onSent={(file, caption) => {
          onFilesGone([file])
          // Asked where it is kept: what was written since stays.
          if (caption !== '' && readDraft(conversation).trim() === caption) change('')
          onReplied()
        }}
        onSkip={(file) => onFilesGone([file])}
        onClose={() => onFilesGone(files)}
      />
      {managing && <QuickRepliesDialog tenant={tenant} onClose={() => setManaging(false)} />}
    </>
  )
}
