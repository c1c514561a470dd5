import { useState } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { Choice } from '../../ui/choice.tsx'

type Phone = 'android' | 'iphone'

const PHONES = [
  { value: 'android', text: 'Android' },
  { value: 'iphone', text: 'iPhone' },
] as const

/** What to tap on the phone. */
export function ScanSteps({ byPhone }: { byPhone: boolean }) {
  const t = useT()
  const [phone, setPhone] = useState<Phone>(/iPhone|iPad|Macintosh/.test(navigator.userAgent) ? 'iphone' : 'android')
  return (
    <div>
      <Choice label={t('scan.which-phone')} className="mb-3" options={PHONES} value={phone} onChange={setPhone} />
      <ol className="list-decimal space-y-2 pl-5 text-sm marker:text-ink-soft">
        <li>{t('scan.step.open')}</li>
        <li>{t(`scan.step.menu.${phone}`)}</li>
        <li>{t('scan.step.link')}</li>
        <li>{t(byPhone ? 'scan.step.code' : 'scan.step.point')}</li>
      </ol>
    </div>
  )
}
