import { Search } from 'lucide-react'
import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import { TextField } from '../../ui/field.tsx'
import { SHOWN } from './conversations.ts'
import type { ListView } from './list-view.ts'

/** Over the list: whom to look for, and which to show. */
export function ListFilters({ view, onChange }: { view: ListView; onChange: (view: ListView) => void }) {
  const t = useT()
  return (
    <div className="space-y-2 border-b p-3">
      <div className="relative">
        <Search className="pointer-events-none absolute top-3 left-3 size-4 text-ink-soft" aria-hidden />
        <TextField
          label={t('conversations.search')}
          hideLabel
          type="search"
          placeholder={t('conversations.search')}
          className="pl-9"
          value={view.q}
          onChange={(event) => onChange({ ...view, q: event.target.value })}
          data-testid="conversation-search"
        />
      </div>
      <div role="group" aria-label={t('conversations.show')} className="flex flex-wrap gap-1.5">
        {SHOWN.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={view.shown === each}
            onClick={() => onChange({ ...view, shown: each })}
            data-testid={`show-${each}`}
            className={cn(
              'min-h-8 rounded-full border px-3 text-sm transition-colors',
              view.shown === each
                ? 'border-accent bg-accent-soft font-medium text-on-accent-soft'
                : 'text-ink-soft hover:bg-sunken hover:text-ink',
            )}
          >
            {t(`conversations.show.${each}`)}
          </button>
        ))}
      </div>
    </div>
  )
}
