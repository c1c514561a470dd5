import { cn } from '../../ui/cn.ts'

/** Several in a row look like one: the first of them points to its side. */
export const bubbleShape = (fromMe: boolean, first: boolean): string =>
  cn('min-w-24 rounded-xl px-2.5 py-1.5 text-sm shadow-xs', first && (fromMe ? 'rounded-tr-sm' : 'rounded-tl-sm'))
