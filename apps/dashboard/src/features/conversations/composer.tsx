import type { Message } from '@zaptria/contract'
import { SendHorizontal, X } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Attach } from './attach.tsx'
import { keepDraft, readDraft } from './drafts.ts'
import { Quote } from './quote.tsx'
import { useSend } from './use-send.ts'

const LONGEST = 65_536

type Props = {
  tenant: string
  conversation: string
  /** The message that is answered. */
  replyTo: Message | null
  /** It is not, or not any more. */
  onReplied: () => void
}

/** Where a person writes. Enter sends, Shift+Enter makes a line; what is not sent stays with its conversation. */
export function Composer({ tenant, conversation, replyTo, onReplied }: Props) {
  const t = useT()
  const id = useId()
  const send = useSend(tenant, conversation)
  const [text, setText] = useState(() => readDraft(conversation))
  const area = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    if (replyTo !== null) area.current?.focus()
  }, [replyTo])
  const change = (next: string) => {
    setText(next)
    keepDraft(conversation, next)
  }
  const submit = () => {
    const body = text.trim()
    if (body === '') return
    send({ key: crypto.randomUUID(), body, at: new Date().toISOString(), replyTo: replyTo?.id ?? null })
    change('')
    onReplied()
    area.current?.focus()
  }
  return (
    <form
      className="relative flex flex-wrap items-end gap-2 border-t bg-surface p-3"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      {replyTo !== null && (
        <div className="flex w-full items-start gap-2" data-testid="replying">
          <div className="min-w-0 flex-1">
            <p className="sr-only">{t('composer.replying')}</p>
            <Quote message={replyTo} />
          </div>
          <Button
            type="button"
            look="quiet"
            size="icon"
            aria-label={t('composer.reply-cancel')}
            onClick={onReplied}
            data-testid="reply-cancel"
          >
            <X aria-hidden />
          </Button>
        </div>
      )}
      <Attach
        tenant={tenant}
        conversation={conversation}
        caption={text}
        replyTo={replyTo?.id ?? null}
        onSent={(withCaption) => {
          if (withCaption) change('')
          onReplied()
        }}
      />
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
        data-testid="composer"
        className="field-sizing-content max-h-44 min-h-10 min-w-0 flex-1 resize-none rounded-control border border-line-strong bg-surface px-3 py-2 text-base placeholder:text-ink-soft sm:text-sm"
        onChange={(event) => change(event.target.value)}
        onKeyDown={(event) => {
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
      <Button type="submit" look="primary" size="icon" disabled={text.trim() === ''} aria-label={t('composer.send')} data-testid="send">
        <SendHorizontal aria-hidden />
      </Button>
    </form>
  )
}
