import { cn } from './cn.ts'

export function Logo({ className }: { className?: string }) {
  return (
    <span className={cn('inline-flex items-center gap-2 text-lg font-semibold tracking-tight', className)}>
      <svg viewBox="0 0 32 32" className="size-[1.4em]" aria-hidden>
        <rect width="32" height="32" rx="9" className="fill-accent" />
        <path
          d="M9 10h14L11.5 22H23"
          fill="none"
          className="stroke-on-accent"
          strokeWidth="3.2"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      Zaptria
    </span>
  )
}
