import { useQuery } from '@tanstack/react-query'
import { Paperclip } from 'lucide-react'
import { useRef } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { mediaLimitsQuery } from './conversations.ts'

/** Chooses files to send. */
export function Attach({ tenant, onChoose }: { tenant: string; onChoose: (files: Iterable<File>) => void }) {
  const t = useT()
  const input = useRef<HTMLInputElement>(null)
  // Known when a file is shown, so that what is said of it is said at once.
  useQuery(mediaLimitsQuery(tenant))
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        data-testid="attach-file"
        onChange={(event) => {
          onChoose(event.target.files ?? [])
          // The same file may be chosen again.
          event.target.value = ''
        }}
      />
      <Button look="quiet" size="icon" aria-label={t('composer.attach')} data-testid="attach" onClick={() => input.current?.click()}>
        <Paperclip aria-hidden />
      </Button>
    </>
  )
}
