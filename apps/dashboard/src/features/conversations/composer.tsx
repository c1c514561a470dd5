import { SendHorizontal } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Attach } from './attach.tsx'
import { keepDraft, readDraft } from './drafts.ts'
import { useSend } from './use-send.ts'

const LONGEST = 65_536

/** Where a person writes. Enter sends, Shift+Enter makes a line; what is not sent stays with its conversation. */
export function Composer({ tenant, conversation }: { tenant: string; conversation: string }) {
  const t = useT()
  const id = useId()
  const send = useSend(tenant, conversation)
  const [text, setText] = useState(() => readDraft(conversation))
  const area = useRef<HTMLTextAreaElement>(null)
  const change = (next: string) => {
    setText(next)
    keepDraft(conversation, next)
  }
  const submit = () => {
    const body = text.trim()
    if (body === '') return
    send({ key: crypto.randomUUID(), body, at: new Date().toISOString() })
    change('')
    area.current?.focus()
  }
  return (
    <form
      className="relative flex items-end gap-2 border-t bg-surface p-3"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Attach tenant={tenant} conversation={conversation} caption={text} onSent={() => change('')} />
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
