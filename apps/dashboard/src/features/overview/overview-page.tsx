import { useQuery } from '@tanstack/react-query'
import { Plus, Search, Store } from 'lucide-react'
import { useDeferredValue, useMemo, useState } from 'react'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Page, PageTitle, usePageTitle } from '../../ui/page.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { TenantCreate } from '../tenants/tenant-create.tsx'
import { AttentionList } from './attention-list.tsx'
import { Counts } from './counts.tsx'
import { overviewQuery } from './overview.ts'
import { select, type Filter } from './standing.ts'
import { TileGrid } from './tile-grid.tsx'
import { Toolbar } from './toolbar.tsx'
import { useLook } from './use-look.ts'

type OverviewPageProps = { q: string; filter: Filter | null; onSearch: (q: string) => void; onFilter: (filter: Filter | null) => void }

/** Every bot at a glance: what needs somebody first, then all of them, as tiles or in rows. */
export function OverviewPage({ q, filter, onSearch, onFilter }: OverviewPageProps) {
  const t = useT()
  const language = useLanguage()
  usePageTitle(t('tenants.title'))
  const overview = useQuery(overviewQuery)
  const [creating, setCreating] = useState(false)
  const [look, setLook] = useLook()
  const [typed, setTyped] = useState(q)
  const wanted = useDeferredValue(typed.trim())
  const collator = useMemo(() => new Intl.Collator(language, { numeric: true, sensitivity: 'base' }), [language])
  const { data } = overview
  const shown = useMemo(
    () => (data === undefined ? [] : select(data, { q: wanted, filter, order: look.order }, collator)),
    [data, wanted, filter, look.order, collator],
  )
  const create = (
    <Button look="primary" onClick={() => setCreating(true)} data-testid="tenant-create">
      <Plus aria-hidden />
      {t('tenants.create')}
    </Button>
  )
  const search = (text: string) => {
    setTyped(text)
    onSearch(text.trim())
  }

  return (
    <Page>
      <PageTitle action={create}>{t('tenants.title')}</PageTitle>
      <ProblemNotice error={overview.error} onRetry={() => void overview.refetch()} />
      {overview.isPending && <Loading lines={5} />}
      {data?.length === 0 && (
        <div className="rounded-card border bg-surface">
          <Empty icon={Store} title={t('tenants.empty')} action={create} testId="tenants-empty">
            {t('tenants.empty.next')}
          </Empty>
        </div>
      )}
      {data !== undefined && data.length > 0 && (
        <>
          <AttentionList tenants={data} />
          <section aria-label={t('overview.all')} className="space-y-3">
            <Counts tenants={data} filter={filter} onFilter={onFilter} />
            <Toolbar typed={typed} onType={search} look={look} onLook={setLook} />
            {shown.length === 0 ? (
              <div className="rounded-card border bg-surface">
                <Empty
                  icon={Search}
                  title={wanted === '' ? t('overview.none') : t('tenants.not-found', { q: wanted })}
                  action={
                    <Button
                      onClick={() => {
                        search('')
                        onFilter(null)
                      }}
                      data-testid="overview-clear"
                    >
                      {t('overview.show-all')}
                    </Button>
                  }
                >
                  {wanted !== '' && t('tenants.not-found.next')}
                </Empty>
              </div>
            ) : (
              <TileGrid key={look.view} tenants={shown} view={look.view} wish={`${look.order} ${filter ?? ''} ${wanted}`} />
            )}
          </section>
        </>
      )}
      {creating && <TenantCreate onClose={() => setCreating(false)} />}
    </Page>
  )
}
