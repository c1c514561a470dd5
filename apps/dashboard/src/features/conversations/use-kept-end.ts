import { useLayoutEffect, type RefObject } from 'react'
import { NEAR_PX } from './use-end.ts'

/**
 * Whoever is at the end stays there while the box's height changes: under it the field grows by lines, or shows what is answered. The
 * browser keeps what is at the top. Done when the box has its new height and nothing is painted yet, so that nothing jumps.
 */
export function useKeptEnd(box: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return undefined
    let height = element.clientHeight
    const observer = new ResizeObserver(() => {
      const lost = height - element.clientHeight
      height = element.clientHeight
      if (lost <= 0) return
      const beyond = element.scrollHeight - element.scrollTop - element.clientHeight
      if (beyond - lost <= NEAR_PX) element.scrollTop += lost
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [box])
}
