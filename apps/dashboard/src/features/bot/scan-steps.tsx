import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import { useState } from 'react'
import type { MessageId } from '../../i18n/messages.ts'
import { PhonePicture, type PhoneScene } from './phone-picture.tsx'

const PHONES = ['android', 'iphone'] as const

/** What to tap on the phone. */
export function ScanSteps({ byPhone }: { byPhone: boolean }) {
  const t = useT()
  const [phone, setPhone] = useState<(typeof PHONES)[number]>(/iPhone|iPad|Macintosh/.test(navigator.userAgent) ? 'iphone' : 'android')
  const steps = [
    { scene: 'open', text: 'scan.step.open' },
    { scene: 'menu', text: phone === 'android' ? 'scan.step.menu.android' : 'scan.step.menu.iphone' },
    { scene: 'link', text: 'scan.step.link' },
    byPhone ? { scene: 'code', text: 'scan.step.code' } : { scene: 'point', text: 'scan.step.point' },
  ] as const satisfies { scene: PhoneScene; text: MessageId }[]
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
      <ol className="grid grid-cols-2 gap-4 sm:grid-cols-4" data-testid="scan-steps">
        {steps.map(({ scene, text }, index) => (
          <li key={scene} className="min-w-0 text-sm">
            <div className="mx-auto max-w-36">
              <PhonePicture scene={scene} phone={phone} />
            </div>
            <p className="mt-2">
              <span className="mr-1 font-semibold text-accent">{index + 1}.</span>
              {t(text)}
            </p>
          </li>
        ))}
      </ol>
    </div>
  )
}
