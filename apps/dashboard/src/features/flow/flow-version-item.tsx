import type { FlowVersion } from '@zaptria/contract'
import { CircleCheck } from 'lucide-react'
import { TimeAgo } from '../../format/time-ago.tsx'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { cn } from '../../ui/cn.ts'

type FlowVersionItemProps = {
  version: FlowVersion
  /** It is the one in the editor. */
  shown: boolean
  onShow: () => void
  /** Shows first what it would change. */
  onActivate: () => void
  onDeactivate: () => void
}

/** One version: when it came, whether it is active, and what can be done with it. */
export function FlowVersionItem({ version, shown, onShow, onActivate, onDeactivate }: FlowVersionItemProps) {
  const t = useT()
  const which = t('flow.version', { version: version.version })
  /** Many rows have the same buttons: each says of which version it is. */
  const name = (deed: string): string => `${deed}: ${which}`
  return (
    <li
      data-testid="flow-version"
      data-version={version.version}
      data-active={version.active}
      className={cn('flex flex-wrap items-center gap-x-4 gap-y-2 py-2.5', shown && '-mx-2 rounded-control bg-sunken px-2')}
    >
      <span className="min-w-0 flex-1 basis-48">
        <span className="font-medium">{which}</span> <span className="break-words text-ink-soft">{version.flow.name}</span>
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
      <span className="flex flex-wrap gap-2">
        <Button size="sm" look="quiet" onClick={onShow} aria-label={name(t('flow.show'))} data-testid="flow-show">
          {t('flow.show')}
        </Button>
        {version.active ? (
          <Button size="sm" look="danger-quiet" onClick={onDeactivate} data-testid="flow-deactivate">
            {t('flow.deactivate')}
          </Button>
        ) : (
          <Button size="sm" onClick={onActivate} aria-label={name(t('flow.activate'))} data-testid="flow-activate">
            {t('flow.activate')}
          </Button>
        )}
      </span>
    </li>
  )
}
