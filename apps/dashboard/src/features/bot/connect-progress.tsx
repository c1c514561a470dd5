import type { BotState } from '@zaptria/contract'
import { Check } from 'lucide-react'
import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'

const STEPS = ['prepare', 'scan', 'link', 'sync', 'connected'] as const

function stepOf(state: BotState): number {
  switch (state) {
    case 'qr_ready':
      return 1
    case 'pairing':
    case 'passkey_required':
      return 2
    case 'syncing':
      return 3
    case 'connected':
      return 5
    default:
      return 0
  }
}

/** How far connecting has come. */
export function ConnectProgress({ state }: { state: BotState }) {
  const t = useT()
  const at = stepOf(state)
  return (
    <ol className="mb-4 flex flex-wrap gap-x-2 gap-y-2 text-sm sm:gap-x-5" data-testid="connect-progress">
      {STEPS.map((step, index) => (
        <li
          key={step}
          aria-current={index === at ? 'step' : undefined}
          className={cn('relative flex items-center gap-2', index === at ? 'font-medium text-ink' : 'text-ink-soft')}
        >
          <span
            aria-hidden
            className={cn(
              'flex size-5 shrink-0 items-center justify-center rounded-full border text-xs',
              index < at && 'border-ok bg-ok-soft text-ok',
              index === at && 'border-accent bg-accent text-on-accent',
            )}
          >
            {index < at ? <Check className="size-3" /> : index + 1}
          </span>
          {/* A phone has room for the words of one. */}
          <span className={cn(index !== at && 'max-sm:sr-only')}>{t(`connect.step.${step}`)}</span>
        </li>
      ))}
    </ol>
  )
}
