import { LayoutGrid, List, Search, type LucideIcon } from 'lucide-react'
import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import { SelectField, TextField } from '../../ui/field.tsx'
import { ORDERS, type Order } from './standing.ts'
import type { Look } from './use-look.ts'

type ToolbarProps = { typed: string; onType: (text: string) => void; look: Look; onLook: (look: Look) => void }

export function Toolbar({ typed, onType, look, onLook }: ToolbarProps) {
  const t = useT()
  return (
    <div className="flex flex-wrap items-center gap-2">
      <div className="relative min-w-48 flex-1 max-sm:basis-full">
        <Search className="pointer-events-none absolute top-3 left-3 size-4 text-ink-soft" aria-hidden />
        <TextField
          label={t('tenants.search')}
          hideLabel
          type="search"
          placeholder={t('tenants.search')}
          className="pl-9"
          value={typed}
          onChange={(event) => onType(event.target.value)}
          data-testid="tenant-search"
        />
      </div>
      <SelectField
        label={t('overview.order')}
        hideLabel
        value={look.order}
        onChange={(event) => onLook({ ...look, order: ORDERS.find((order) => order === event.target.value) ?? 'attention' })}
        data-testid="overview-order"
      >
        {ORDERS.map((order: Order) => (
          <option key={order} value={order}>
            {t(`overview.order.${order}`)}
          </option>
        ))}
      </SelectField>
      <div role="group" aria-label={t('overview.view')} className="inline-flex rounded-control border bg-surface p-0.5">
        <ViewButton
          icon={LayoutGrid}
          name={t('overview.view.tiles')}
          chosen={look.view === 'tiles'}
          onClick={() => onLook({ ...look, view: 'tiles' })}
          testId="view-tiles"
        />
        <ViewButton
          icon={List}
          name={t('overview.view.rows')}
          chosen={look.view === 'rows'}
          onClick={() => onLook({ ...look, view: 'rows' })}
          testId="view-rows"
        />
      </div>
    </div>
  )
}

type ViewButtonProps = { icon: LucideIcon; name: string; chosen: boolean; onClick: () => void; testId: string }

function ViewButton({ icon: Icon, name, chosen, onClick, testId }: ViewButtonProps) {
  return (
    <button
      type="button"
      aria-pressed={chosen}
      aria-label={name}
      title={name}
      onClick={onClick}
      data-testid={testId}
      className={cn(
        'grid size-9 place-items-center rounded-lg',
        chosen ? 'bg-accent-soft text-on-accent-soft' : 'text-ink-soft hover:text-ink',
      )}
    >
      <Icon className="size-4.5" aria-hidden />
    </button>
  )
}
