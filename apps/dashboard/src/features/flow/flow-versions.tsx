import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import type { FlowVersion } from '@zaptria/contract'
import { useState } from 'react'
import { keys } from '../../api/keys.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardTitle } from '../../ui/card.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { ActivateDialog } from './changes/activate-dialog.tsx'
import { activateFlow, deactivateFlow, flowVersionsQuery } from './flow.ts'
import { FlowVersionItem } from './flow-version-item.tsx'

type FlowVersionsProps = { tenant: string; active: FlowVersion | null; shown: string | null; onShow: (version: FlowVersion) => void }

/** Every published version. One is active, or none. */
export function FlowVersions({ tenant, active, shown, onShow }: FlowVersionsProps) {
  const t = useT()
  const queryClient = useQueryClient()
  const versions = useInfiniteQuery(flowVersionsQuery(tenant))
  const items = versions.data?.pages.flatMap((each) => each.items) ?? []
  const [stopping, setStopping] = useState(false)
  const [asked, setAsked] = useState<FlowVersion | null>(null)
  const onSettled = () => queryClient.invalidateQueries({ queryKey: keys.flow(tenant) })
  const activate = useMutation({
    mutationFn: (version: string) => activateFlow(tenant, version),
    onSuccess: () => setAsked(null),
    onSettled,
  })
  const stop = useMutation({ mutationFn: () => deactivateFlow(tenant), onSettled, onSuccess: () => setStopping(false) })
  if (versions.isSuccess && items.length === 0) return null
  return (
    <Card>
      <CardTitle help={t('flow.versions.help')}>{t('flow.versions')}</CardTitle>
      <ProblemNotice error={versions.error ?? (asked === null ? activate.error : null)} className="mb-3" />
      <ul className="divide-y">
        {items.map((version) => (
          <FlowVersionItem
            key={version.id}
            version={version}
            shown={version.id === shown}
            onShow={() => onShow(version)}
            onActivate={() => {
              activate.reset()
              setAsked(version)
            }}
            onDeactivate={() => setStopping(true)}
          />
        ))}
      </ul>
      {versions.hasNextPage && (
        <div className="mt-3 flex justify-center">
          <Button busy={versions.isFetchingNextPage} onClick={() => void versions.fetchNextPage()} data-testid="flow-versions-more">
            {t('common.more')}
          </Button>
        </div>
      )}
      {asked !== null && (
        <ActivateDialog
          version={asked}
          active={active}
          busy={activate.isPending}
          error={activate.error}
          onShow={() => {
            setAsked(null)
            onShow(asked)
          }}
          onActivate={() => activate.mutate(asked.id)}
          onClose={() => {
            setAsked(null)
            // What was read needs no second telling; what is still on its way does.
            if (activate.isError) activate.reset()
          }}
        />
      )}
      <Confirm
        open={stopping}
        title={t('flow.deactivate.title')}
        confirm={t('flow.deactivate')}
        busy={stop.isPending}
        onCancel={() => setStopping(false)}
        onConfirm={() => stop.mutate()}
        error={<ProblemNotice error={stop.error} className="mt-3" />}
      >
        {t('flow.deactivate.text')}
      </Confirm>
    </Card>
  )
}
