import { ControlButton, getViewportForBounds, useReactFlow, useStore } from '@xyflow/react'
import { Maximize } from 'lucide-react'
import { useEffect, useEffectEvent, useRef } from 'react'
import { useT } from '../../../i18n/use-t.ts'
import { TRIGGER, type Layout } from './layout.ts'

/** Below, the buttons have their place. */
const PADDING = { top: '12px', left: '12px', right: '12px', bottom: '56px' } as const
const TOP_PX = 12
/** All of it drawn smaller than this says nothing any more: then the beginning is shown instead, as large as can be read. */
const SMALLEST_WHOLE = 0.42
const READABLE = 0.65
const SMALLEST = 0.1

const duration = (): number => (window.matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 250)

/** All of the drawing, its lines and labels too, of which React Flow's own fitting knows nothing. */
const allOf = ({ width, height }: Layout, box: { width: number; height: number }) =>
  getViewportForBounds({ x: 0, y: 0, width, height }, box.width, box.height, SMALLEST, 1, PADDING)

function useBox(): { width: number; height: number } {
  const width = useStore((state) => state.width)
  const height = useStore((state) => state.height)
  return { width, height }
}

type FollowProps = { layout: Layout; current: string | null; focused: string | null }

/** Keeps in sight what matters: the beginning or all of it, and the node that a trial or the keyboard has come to. */
export function Follow({ layout, current, focused }: FollowProps) {
  const { getNode, getViewport, setCenter, setViewport } = useReactFlow()
  const box = useBox()
  const placed = useRef(false)
  const place = useEffectEvent((now: Layout, { width, height }: { width: number; height: number }) => {
    if (width === 0 || height === 0) return
    const all = allOf(now, { width, height })
    if (all.zoom >= SMALLEST_WHOLE) void setViewport(all, { duration: placed.current ? duration() : 0 })
    else if (!placed.current) {
      const start = now.nodes.get(TRIGGER) ?? { x: 0, y: 0 }
      const half = (getNode(TRIGGER)?.width ?? 0) / 2
      void setViewport({ x: width / 2 - (start.x + half) * READABLE, y: TOP_PX - start.y * READABLE, zoom: READABLE })
    }
    placed.current = true
  })
  const show = useEffectEvent((id: string | null) => {
    const found = id === null ? undefined : getNode(id)
    if (found === undefined) return
    const { x, y, zoom } = getViewport()
    const [wide = 0, high = 0] = [found.width, found.height]
    const [left, top] = [found.position.x * zoom + x, found.position.y * zoom + y]
    if (left >= 0 && top >= 0 && left + wide * zoom <= box.width && top + high * zoom <= box.height) return
    void setCenter(found.position.x + wide / 2, found.position.y + high / 2, { zoom, duration: duration() })
  })

  useEffect(() => place(layout, { width: box.width, height: box.height }), [layout, box.width, box.height])
  useEffect(() => show(current), [current])
  useEffect(() => show(focused), [focused])
  return null
}

/** Shows all of it, however small. */
export function FitButton({ layout }: { layout: Layout }) {
  const t = useT()
  const { setViewport } = useReactFlow()
  const box = useBox()
  return (
    <ControlButton
      onClick={() => void setViewport(allOf(layout, box), { duration: duration() })}
      aria-label={t('flow.picture.fit')}
      title={t('flow.picture.fit')}
      data-testid="flow-picture-fit"
    >
      <Maximize className="fill-none!" aria-hidden />
    </ControlButton>
  )
}
