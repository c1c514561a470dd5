import { CircleMinus, CirclePlus, PencilLine, SlidersHorizontal, type LucideIcon } from 'lucide-react'
import { useT } from '../../../i18n/use-t.ts'
import type { FlowChanges } from './changes.ts'
import { isNothing } from './changes.ts'

/** "2 nós novos, 1 mudado, 1 removido", and which. */
export function ChangesSummary({ changes }: { changes: FlowChanges }) {
  const t = useT()
  const { added, changed, removed, fields } = changes
  if (isNothing(changes)) return <p data-testid="flow-changes">{t('flow.changes.none')}</p>
  const parts = [
    ...(added.length > 0 ? [t('flow.changes.added', { count: added.length })] : []),
    ...(changed.length > 0 ? [t('flow.changes.changed', { count: changed.length })] : []),
    ...(removed.length > 0 ? [t('flow.changes.removed', { count: removed.length })] : []),
    ...(fields.length > 0 ? [t('flow.changes.fields', { count: fields.length })] : []),
  ]
  return (
    <div className="space-y-2">
      <p className="font-medium" data-testid="flow-changes">
        {parts.join(', ')}
      </p>
      <ul className="space-y-1 text-sm">
        <Names icon={CirclePlus} look="text-ok" label={t('flow.changes.new')} names={added} />
        <Names icon={PencilLine} look="text-info" label={t('flow.changes.different')} names={changed} />
        <Names icon={CircleMinus} look="text-bad" label={t('flow.changes.gone')} names={removed} />
        <Names icon={SlidersHorizontal} look="text-ink-soft" label={t('flow.changes.settings')} names={fields} />
      </ul>
    </div>
  )
}

/** More names than this are counted in the sentence above, and seen in the text below. */
const SHOWN = 12

function Names({ icon: Icon, look, label, names }: { icon: LucideIcon; look: string; label: string; names: readonly string[] }) {
  if (names.length === 0) return null
  return (
    <li className="flex items-start gap-2">
      <Icon className={`mt-0.5 size-4 shrink-0 ${look}`} aria-hidden />
      <span className="min-w-0 break-words">
        {label}: <span className="font-mono text-xs">{names.slice(0, SHOWN).join(', ')}</span>
        {names.length > SHOWN && ' …'}
      </span>
    </li>
  )
}
