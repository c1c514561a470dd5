import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { formatPhone, typedPhone } from '../../format/phone.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { TextField } from '../../ui/field.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'

/** WhatsApp's page asks for a new code so often, and takes the one before no more. When this one was asked for is not told. */
const CODE_MINUTES = 3

type PairByPhoneProps = {
  code: string | null
  /** For this phone, its digits alone. */
  ask: (phone: string) => Promise<unknown>
  /** Where there is a QR to go back to. */
  onBack?: () => void
}

/** The other way in: WhatsApp shows a field for a code of eight characters. */
export function PairByPhone({ code, ask, onBack }: PairByPhoneProps) {
  const t = useT()
  const shown = useRef<HTMLParagraphElement>(null)
  const [phone, setPhone] = useState('+55 ')
  const pair = useMutation({ mutationFn: (digits: string) => ask(digits) })
  return (
    <div className="space-y-4 rounded-card bg-sunken p-4">
      {code !== null && (
        <div role="status" className="space-y-1">
          <p className="text-sm font-medium">{t('pair.code')}</p>
          <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
            <p ref={shown} className="font-mono text-2xl font-semibold tracking-widest" data-testid="pairing-code" data-code={code}>
              {spaced(code)}
            </p>
            <CopyButton value={code} shown={shown} testId="pairing-code" />
          </div>
          <p className="text-sm text-ink-soft">{t('pair.code.lasts', { minutes: CODE_MINUTES })}</p>
          {pair.isSuccess && (
            <p className="text-sm text-ink-soft" data-testid="pairing-code-for">
              {t('pair.code.for', { phone: formatPhone(pair.variables) })}
            </p>
          )}
        </div>
      )}
      {code === null && pair.isSuccess && <p role="status">{t('pair.code.coming')}</p>}
      <form
        className="space-y-3"
        onSubmit={(event) => {
          event.preventDefault()
          pair.mutate(typedPhone(phone))
        }}
      >
        <ProblemNotice error={pair.error} />
        <TextField
          label={t('pair.phone')}
          hint={t('pair.phone.hint')}
          type="tel"
          inputMode="tel"
          autoComplete="tel"
          required
          value={phone}
          onChange={(event) => setPhone(event.target.value)}
          data-testid="pair-phone"
        />
        <div className="flex flex-wrap gap-2">
          <Button type="submit" look="primary" busy={pair.isPending} data-testid="pair-submit">
            {t(code === null ? 'pair.submit' : 'pair.again')}
          </Button>
          {onBack !== undefined && (
            <Button look="quiet" onClick={onBack}>
              {t('pair.back')}
            </Button>
          )}
        </div>
      </form>
    </div>
  )
}

/** ABCD-EFGH, as WhatsApp shows it. */
function spaced(code: string): string {
  return code.length === 8 ? `${code.slice(0, 4)}-${code.slice(4)}` : code
}
