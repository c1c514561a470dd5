import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Paperclip } from 'lucide-react'
import { useRef } from 'react'
import { keys } from '../../api/keys.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { sendFile, type Chosen } from './conversations.ts'

type Props = {
  tenant: string
  conversation: string
  /** What is written goes along as the caption. */
  caption: string
  /** The id of the message that is answered. */
  replyTo: string | null
  /** `withCaption`: what was written went along; a voice takes none. */
  onSent: (withCaption: boolean) => void
}

/** Chooses a file and sends it. What could not be sent can be tried again, and is not sent twice. */
export function Attach({ tenant, conversation, caption, replyTo, onSent }: Props) {
  const t = useT()
  const queryClient = useQueryClient()
  const input = useRef<HTMLInputElement>(null)
  const send = useMutation({
    mutationFn: (chosen: Chosen) => sendFile(tenant, conversation, chosen),
    onSuccess: async (sent, { caption: written }) => {
      onSent(sent.body === written)
      await queryClient.invalidateQueries({ queryKey: keys.messages(tenant, conversation) })
      void queryClient.invalidateQueries({ queryKey: keys.conversation(tenant, conversation) })
    },
  })
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        data-testid="attach-file"
        onChange={(event) => {
          const [file] = event.target.files ?? []
          if (file !== undefined) send.mutate({ file, caption: caption.trim(), replyTo, key: crypto.randomUUID() })
          // The same file may be chosen again.
          event.target.value = ''
        }}
      />
      <Button
        type="button"
        look="quiet"
        size="icon"
        busy={send.isPending}
        aria-label={t('composer.attach')}
        data-testid="attach"
        onClick={() => input.current?.click()}
      >
        <Paperclip aria-hidden />
      </Button>
      {send.error !== null && (
        <ProblemNotice error={send.error} className="absolute inset-x-3 bottom-full mb-2" onRetry={() => send.mutate(send.variables)} />
      )}
    </>
  )
}
