import { useState } from 'react'
import type { MessageId } from '../../i18n/messages.ts'
import { useT } from '../../i18n/use-t.ts'
import { Choice } from '../../ui/choice.tsx'
import { PhonePicture, type PhoneScene } from './phone-picture.tsx'

type Phone = 'android' | 'iphone'

const PHONES = [
  { value: 'android', text: 'Android' },
  { value: 'iphone', text: 'iPhone' },
] as const

/** What to tap on the phone. */
export function ScanSteps({ byPhone }: { byPhone: boolean }) {
  const t = useT()
  const [phone, setPhone] = useState<Phone>(/iPhone|iPad|Macintosh/.test(navigator.userAgent) ? 'iphone' : 'android')
  const steps = [
    { scene: 'open', text: 'scan.step.open' },
    { scene: 'menu', text: phone === 'android' ? 'scan.step.menu.android' : 'scan.step.menu.iphone' },
    { scene: 'link', text: 'scan.step.link' },
    byPhone ? { scene: 'code', text: 'scan.step.code' } : { scene: 'point', text: 'scan.step.point' },
  ] as const satisfies { scene: PhoneScene; text: MessageId }[]
  return (
    <div>
      <Choice label={t('scan.which-phone')} className="mb-3" options={PHONES} value={phone} onChange={setPhone} />
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
