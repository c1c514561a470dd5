import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import { useState } from 'react'

const PHONES = ['android', 'iphone'] as const

/** What to tap on the phone. */
export function ScanSteps({ byPhone }: { byPhone: boolean }) {
  const t = useT()
  const [phone, setPhone] = useState<(typeof PHONES)[number]>(/iPhone|iPad|Macintosh/.test(navigator.userAgent) ? 'iphone' : 'android')
  return (
    <div>
      <div role="group" aria-label={t('scan.which-phone')} className="mb-3 inline-flex rounded-control border p-0.5">
        {PHONES.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={phone === each}
            onClick={() => setPhone(each)}
            className={cn(
              'min-h-8 rounded-lg px-3 text-sm',
              phone === each ? 'bg-accent-soft font-medium text-on-accent-soft' : 'text-ink-soft hover:text-ink',
            )}
          >
            {each === 'android' ? 'Android' : 'iPhone'}
          </button>
        ))}
      </div>
      <ol className="list-decimal space-y-2 pl-5 text-sm marker:text-ink-soft">
        <li>{t('scan.step.open')}</li>
        <li>{t(`scan.step.menu.${phone}`)}</li>
        <li>{t('scan.step.link')}</li>
        <li>{t(byPhone ? 'scan.step.code' : 'scan.step.point')}</li>
      </ol>
    </div>
  )
}
