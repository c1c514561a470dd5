import { Settings2, Zap } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { cn } from '../../ui/cn.ts'
import { Loading } from '../../ui/loading.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { filledIn } from './match.ts'
import type { QuickReplies } from './use-quick-replies.ts'

type Props = { quick: QuickReplies; contactName: string | null; onManage: () => void }

/** The quick replies that fit, over the field. The focus stays in the field: the arrow keys there choose. */
export function QuickReplyPanel({ quick, contactName, onManage }: Props) {
  const t = useT()
  const { replies, active, listId, typed } = quick
  const list = useRef<HTMLUListElement>(null)
  const activeId = active === undefined ? null : quick.optionId(active)
  useEffect(() => {
    if (activeId !== null) list.current?.querySelector(`[id="${activeId}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [activeId])
  return (
    <div
      className="absolute inset-x-2 bottom-full z-10 mb-2 overflow-hidden rounded-card border bg-surface shadow-lg sm:inset-x-3"
      data-testid="quick-replies"
    >
      <div className="flex items-center justify-between gap-2 border-b py-1 pr-1 pl-3">
        <p className="flex items-center gap-1.5 text-sm font-medium">
          <Zap className="size-4 text-accent" aria-hidden />
          {t('quick.title')}
        </p>
        <Button size="sm" look="quiet" onClick={onManage} data-testid="quick-manage">
          <Settings2 aria-hidden />
          {t('quick.manage')}
        </Button>
      </div>
      <ProblemNotice error={quick.error} className="m-2" />
      {replies === null && quick.error === null && <Loading lines={2} />}
      {replies?.length === 0 && (
        <p className="p-3 text-sm wrap-anywhere text-ink-soft">
          {quick.isEmpty || typed === null ? t('quick.none') : t('quick.none-fits', { typed })}
        </p>
      )}
      <p role="status" className="px-3 text-sm font-medium not-empty:pb-3" data-testid="quick-held">
        {quick.isHeld && t('quick.enter-again')}
      </p>
      {replies !== null && replies.length > 0 && (
        <ul ref={list} id={listId} role="listbox" aria-label={t('quick.title')} className="max-h-64 overflow-y-auto">
          {replies.map((reply) => (
            // The keyboard is in the field, which says by aria-activedescendant which one is meant.
            <li
              key={reply.id}
              id={quick.optionId(reply)}
              role="option"
              aria-selected={reply === active}
              className={cn(
                'flex cursor-pointer gap-3 px-3 py-2 text-sm hover:bg-sunken',
                reply === active && 'bg-accent-soft hover:bg-accent-soft',
              )}
              // The field keeps the focus.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => quick.choose(reply)}
              data-testid="quick-reply"
            >
              <span className="w-24 shrink-0 truncate font-medium text-accent sm:w-32">/{reply.shortcut}</span>
              <span className="line-clamp-2 min-w-0 flex-1 break-words text-ink-soft">{filledIn(reply.body, contactName)}</span>
            </li>
          ))}
        </ul>
      )}
      <p role="status" className="sr-only">
        {replies !== null && t('quick.found', { count: replies.length })}
      </p>
    </div>
  )
}
