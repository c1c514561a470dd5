import { useLayoutEffect, useRef, useState, type RefObject } from 'react'

type StickyScroll = {
  box: RefObject<HTMLDivElement | null>
  onScroll: () => void
  toEnd: () => void
  /** Something new came below while the reader was further up. */
  behind: boolean
}

/** Nearer to the end than this counts as being there. */
const NEAR_PX = 60

/**
 * Keeps a reversed scroll box (`flex-col-reverse`: scrollTop 0 is the end, negative is up) where the reader is: at the end it follows
 * what is added there; further up it stays with what is being read. `count` is the number of items, `newest` the last one's id.
 */
export function useStickyScroll(newest: string | null, count: number): StickyScroll {
  const box = useRef<HTMLDivElement>(null)
  const [behind, setBehind] = useState(false)
  const seen = useRef({ newest, count, height: 0 })

  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const before = seen.current
    seen.current = { newest, count, height: element.scrollHeight }
    const isNew = newest !== before.newest && before.newest !== null && count > before.count
    const grown = element.scrollHeight - before.height
    if (!isNew || grown <= 0 || element.scrollTop > -NEAR_PX) return
    element.scrollTop -= grown
    setBehind(true)
  }, [newest, count])

  return {
    box,
    behind,
    onScroll: () => {
      if (behind && (box.current?.scrollTop ?? 0) > -NEAR_PX) setBehind(false)
    },
    toEnd: () => {
      if (box.current !== null) box.current.scrollTop = 0
      setBehind(false)
    },
  }
}
