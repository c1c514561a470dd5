import { LoaderCircle } from 'lucide-react'
import { cn } from './cn.ts'

/** Something is being done. It turns; for people who asked for less motion it breathes (styles.css). The words stand beside it. */
export function Spinner({ className }: { className?: string }) {
  return <LoaderCircle className={cn('size-4 shrink-0 animate-spin', className)} aria-hidden />
}
