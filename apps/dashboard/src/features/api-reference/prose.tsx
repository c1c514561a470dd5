import { cn } from '../../ui/cn.ts'

/** A sentence in which `words between backticks` are code. */
export function Prose({ children, className, lang }: { children: string; className?: string; lang?: string }) {
  return (
    <span className={className} lang={lang}>
      {children.split('`').map((part, index) => (index % 2 === 0 ? part : <Code key={index}>{part}</Code>))}
    </span>
  )
}

export function Code({ children, className }: { children: string; className?: string }) {
  return <code className={cn('rounded bg-sunken px-1 py-0.5 font-mono text-[0.85em] break-words', className)}>{children}</code>
}
