import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { FlowVersion } from '@zaptria/contract'
import { useState } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { Loading } from '../../ui/loading.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { LeaveQuestion } from '../leaving/leave-question.tsx'
import { useTenantTitle } from '../tenants/use-tenant-title.ts'
import { FlowEditor } from './flow-editor.tsx'
import { flowQuery, flowVersionsQuery } from './flow.ts'
import { FlowVersions } from './flow-versions.tsx'

/** What the bot says: the text of the flow, its check, and every version ever published. */
export function FlowPage({ tenant }: { tenant: string }) {
  const t = useT()
  useTenantTitle(tenant, t('tenant.flow'))
  const active = useQuery(flowQuery(tenant))
  const versions = useInfiniteQuery(flowVersionsQuery(tenant))
  const [chosen, setChosen] = useState<FlowVersion | null>(null)
  const [asking, setAsking] = useState<FlowVersion | null>(null)
  const [dirty, setDirty] = useState(false)
  if (active.data === undefined) {
    return active.error === null ? <Loading lines={8} /> : <ProblemNotice error={active.error} onRetry={() => void active.refetch()} />
  }
  // Without an active one people go on from what they published last.
  const last = versions.data?.pages[0]?.items[0] ?? null
  if (active.data === null && versions.isPending) return <Loading lines={8} />
  const shown = chosen ?? active.data ?? last
  const show = (version: FlowVersion) => {
    setAsking(null)
    setDirty(false)
    setChosen(version)
  }
  return (
    <>
      <FlowEditor
        key={chosen?.id ?? 'active'}
        tenant={tenant}
        active={active.data}
        shown={shown}
        onDirty={setDirty}
        onPublished={() => setChosen(null)}
      />
      <FlowVersions
        tenant={tenant}
        active={active.data}
        shown={shown?.id ?? null}
        onShow={(version) => (dirty ? setAsking(version) : show(version))}
      />
      {asking !== null && (
        <Confirm
          open
          danger
          title={t('flow.discard.title')}
          confirm={t('flow.discard')}
          onCancel={() => setAsking(null)}
          onConfirm={() => show(asking)}
        >
          {t('flow.discard.text')}
        </Confirm>
      )}
      <LeaveQuestion dirty={dirty} confirm={t('flow.leave')}>
        {t('flow.leave.text')}
      </LeaveQuestion>
    </>
  )
}
