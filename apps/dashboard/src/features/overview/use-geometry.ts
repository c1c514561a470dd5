import { useLayoutEffect, useState, type RefObject } from 'react'
import type { View } from './tile.tsx'

/** In the person's own text size, so that larger text makes larger tiles, fewer beside each other. */
const SIZES: Record<View, { width: number; height: number; gap: number }> = {
  tiles: { width: 15, height: 7.75, gap: 0.75 },
  rows: { width: Number.POSITIVE_INFINITY, height: 3.75, gap: 0 },
}

export type Geometry = {
  columns: number
  rowPx: number
  gapPx: number
  /** How far the list begins below the page's top. */
  top: number
}

/** Where the tiles stand; measured again when the window, the text size or what is above the list changes. */
export function useGeometry(list: RefObject<HTMLElement | null>, view: View): Geometry {
  const [measured, setMeasured] = useState({ width: 0, rem: 16, top: 0 })
  useLayoutEffect(() => {
    const element = list.current
    const scroller = element?.closest<HTMLElement>('#content')
    if (!element || !scroller) return undefined
    const measure = () => {
      const next = {
        width: element.clientWidth,
        rem: Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16,
        top: Math.round(element.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop),
      }
      setMeasured((old) => (old.width === next.width && old.rem === next.rem && old.top === next.top ? old : next))
    }
    measure()
    const observer = new ResizeObserver(measure)
    // All that can move it: its own width, and the height of what stands above it.
    for (let each: HTMLElement | null = element; each !== null && each !== scroller; each = each.parentElement) {
      observer.observe(each)
      for (const above of each.parentElement?.children ?? []) observer.observe(above)
    }
    return () => observer.disconnect()
  }, [list])
  const { width, height, gap } = SIZES[view]
  const gapPx = gap * measured.rem
  return {
    columns: Math.max(1, Math.floor((measured.width + gapPx) / (width * measured.rem + gapPx))),
    rowPx: height * measured.rem,
    gapPx,
    top: measured.top,
  }
}
