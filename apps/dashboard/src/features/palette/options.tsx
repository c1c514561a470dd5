import { CornerDownLeft } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import type { Entry } from './entries.ts'
import type { Group } from './groups.ts'

type OptionsProps = {
  id: string
  groups: readonly Group[]
  active: Entry | undefined
  onActive: (id: string) => void
  onChoose: (entry: Entry) => void
}

/** The list below the palette's field. It takes no focus: the field says which one is active. */
export function Options({ id, groups, active, onActive, onChoose }: OptionsProps) {
  const t = useT()
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const option = active === undefined ? null : document.getElementById(`${id}-${active.id}`)
    // The first one's heading is above it.
    if (option === box.current?.querySelector('[role=option]')) box.current?.scrollTo({ top: 0 })
    else option?.scrollIntoView({ block: 'nearest' })
  }, [id, active])
  return (
    <div
      ref={box}
      id={id}
      role="listbox"
      aria-label={t('palette.title')}
      className="min-h-0 overflow-y-auto overscroll-contain p-2 empty:hidden"
    >
      {groups.map((group) => (
        <div key={group.id} role="group" aria-labelledby={`${id}-${group.id}`} className="pb-1">
          <p id={`${id}-${group.id}`} role="presentation" className="px-2 pt-2 pb-1 text-xs font-medium text-ink-soft">
            {t(group.title)}
          </p>
          {group.entries.map((entry) => (
            <Option
              key={entry.id}
              id={`${id}-${entry.id}`}
              entry={entry}
              active={entry === active}
              onActive={onActive}
              onChoose={onChoose}
            />
          ))}
        </div>
      ))}
    </div>
  )
}

type OptionProps = { id: string; entry: Entry; active: boolean; onActive: (id: string) => void; onChoose: (entry: Entry) => void }

function Option({ id, entry, active, onActive, onChoose }: OptionProps) {
  const { icon: Icon, title, hint } = entry
  return (
    // The field has the focus and its keys choose: this is for the pointer.
    <div
      id={id}
      role="option"
      aria-selected={active}
      data-testid="palette-option"
      data-entry={entry.id}
      onPointerMove={() => !active && onActive(entry.id)}
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => onChoose(entry)}
      className={cn(
        'flex min-h-11 cursor-pointer items-center gap-3 rounded-control px-2 text-sm',
        active && 'bg-accent-soft text-on-accent-soft',
      )}
    >
      <Icon className="size-4.5 shrink-0 opacity-80" aria-hidden />
      <span className="min-w-0 flex-1 truncate">{title}</span>
      {hint !== null && <span className={cn('max-w-[50%] truncate text-xs', active ? '' : 'text-ink-soft')}>{hint}</span>}
      <CornerDownLeft className={cn('size-3.5 shrink-0 max-sm:hidden', !active && 'invisible')} aria-hidden />
    </div>
  )
}
