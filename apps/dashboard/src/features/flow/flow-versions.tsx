import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { FlowVersion } from '@zaptria/contract'
import { CircleCheck } from 'lucide-react'
import { useState } from 'react'
import { keys } from '../../api/keys.ts'
import { TimeAgo } from '../../format/time-ago.tsx'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardTitle } from '../../ui/card.tsx'
import { cn } from '../../ui/cn.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { activateFlow, deactivateFlow, flowVersionsQuery } from './flow.ts'

type FlowVersionsProps = { tenant: string; shown: string | null; onShow: (version: FlowVersion) => void }

/** Every published version. One is active, or none. */
export function FlowVersions({ tenant, shown, onShow }: FlowVersionsProps) {
  const t = useT()
  const queryClient = useQueryClient()
  const versions = useQuery(flowVersionsQuery(tenant))
  const [stopping, setStopping] = useState(false)
  const onSettled = () => queryClient.invalidateQueries({ queryKey: keys.flow(tenant) })
  const activate = useMutation({ mutationFn: (version: string) => activateFlow(tenant, version), onSettled })
  const stop = useMutation({ mutationFn: () => deactivateFlow(tenant), onSettled, onSuccess: () => setStopping(false) })
  if (versions.data?.items.length === 0) return null
  return (
    <Card>
      <CardTitle help={t('flow.versions.help')}>{t('flow.versions')}</CardTitle>
      <ProblemNotice error={versions.error ?? activate.error} className="mb-3" />
      <ul className="divide-y">
        {versions.data?.items.map((version) => (
          <li
            key={version.id}
            data-testid="flow-version"
            data-version={version.version}
            data-active={version.active}
            className={cn(
              'flex flex-wrap items-center gap-x-4 gap-y-2 py-2.5',
              version.id === shown && '-mx-2 rounded-control bg-sunken px-2',
            )}
          >
            <span className="min-w-0 flex-1 basis-48">
              <span className="font-medium">{t('flow.version', { version: version.version })}</span>{' '}
              <span className="text-ink-soft">{version.flow.name}</span>
              <span className="block text-sm text-ink-soft">
                <TimeAgo at={version.created_at} />
              </span>
            </span>
            {version.active && (
              <span className="inline-flex items-center gap-1.5 text-sm text-ok">
                <CircleCheck className="size-4" aria-hidden />
                {t('flow.active')}
              </span>
            )}
            <span className="flex gap-2">
              <Button size="sm" look="quiet" onClick={() => onShow(version)} data-testid="flow-show">
                {t('flow.show')}
              </Button>
              {version.active ? (
                <Button size="sm" look="danger-quiet" onClick={() => setStopping(true)} data-testid="flow-deactivate">
                  {t('flow.deactivate')}
                </Button>
              ) : (
                <Button
                  size="sm"
                  busy={activate.isPending && activate.variables === version.id}
                  onClick={() => activate.mutate(version.id)}
                  data-testid="flow-activate"
                >
                  {t('flow.activate')}
                </Button>
              )}
            </span>
          </li>
        ))}
      </ul>
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
