import { Link, useRouter, type ErrorComponentProps } from '@tanstack/react-router'
import { Compass } from 'lucide-react'
import { useT } from '../i18n/use-t.ts'
import { buttonClass } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { Page, usePageTitle } from '../ui/page.tsx'
import { PartLoading } from '../ui/part-loading.tsx'
import { ProblemNotice } from '../ui/problem-notice.tsx'

export function NotFound() {
  const t = useT()
  usePageTitle(t('lost.title'))
  return (
    <Page>
      <Empty
        icon={Compass}
        title={t('lost.title')}
        testId="lost"
        action={
          <Link to="/" className={buttonClass({ look: 'primary' })}>
            {t('lost.home')}
          </Link>
        }
      >
        {t('lost.help')}
      </Empty>
    </Page>
  )
}

/** While a page's program is fetched, where that takes long. */
export function Coming() {
  return (
    <Page>
      <PartLoading lines={5} />
    </Page>
  )
}

/** When a page itself breaks, or the session cannot be asked for. */
export function Broken({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  return (
    <Page>
      <ProblemNotice
        error={error}
        onRetry={() => {
          reset()
          void router.invalidate()
        }}
      />
    </Page>
  )
}
