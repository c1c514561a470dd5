import { getViewportForBounds, useStore, type Viewport } from '@xyflow/react'
import type { Layout } from './layout.ts'

/** Below, the buttons have their place. */
const PADDING = { top: '12px', left: '12px', right: '12px', bottom: '56px' } as const
/** As small as React Flow may draw: a flow of hundreds of nodes is looked at as a whole too. */
export const SMALLEST = 0.03

type Box = { width: number; height: number }

/** How long a move may be seen; not at all by those who asked for calm. */
export const duration = (): number => (window.matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 250)

/** All of the drawing, its lines and labels too, of which React Flow's own fitting knows nothing. */
export const allOf = ({ width, height }: Layout, box: Box): Viewport =>
  getViewportForBounds({ x: 0, y: 0, width, height }, box.width, box.height, SMALLEST, 1, PADDING)

/** The room that the drawing has on the page. */
export function useBox(): Box {
  const width = useStore((state) => state.width)
  const height = useStore((state) => state.height)
  return { width, height }
}
