import type { Message } from '@zaptria/contract'
import { X } from 'lucide-react'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Quote } from './quote.tsx'

type Props = { message: Message; contactName: string | null; onCancel: () => void }

/** Over the field: the message that is answered. */
export function Replying({ message, contactName, onCancel }: Props) {
  const t = useT()
  return (
    <div className="flex w-full items-start gap-2" data-testid="replying">
      <div className="min-w-0 flex-1">
        <p className="sr-only">{t('composer.replying')}</p>
        <Quote message={message} contactName={contactName} />
      </div>
      <Button look="quiet" size="icon" aria-label={t('composer.reply-cancel')} onClick={onCancel} data-testid="reply-cancel">
        <X aria-hidden />
      </Button>
    </div>
  )
}
