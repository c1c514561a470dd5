import { useReactFlow } from '@xyflow/react'
import { useEffect, useEffectEvent, useRef } from 'react'
import { TRIGGER, type Layout } from './layout.ts'
import { allOf, duration, useBox } from './sight.ts'

/** All of it drawn smaller than this says nothing any more: then the beginning is shown instead, as large as can be read. */
const SMALLEST_WHOLE = 0.42
const READABLE = 0.65
const TOP_PX = 12

type FollowProps = {
  layout: Layout
  current: string | null
  focused: string | null
  /** Whether a person chose what is in sight: then it is left alone. */
  chosen: boolean
}

/** Keeps in sight what matters: the beginning or all of it, and the node that a trial or the keyboard has come to. */
export function Follow({ layout, current, focused, chosen }: FollowProps) {
  const { getNode, getViewport, setCenter, setViewport } = useReactFlow()
  const box = useBox()
  const placed = useRef(false)
  const place = useEffectEvent((now: Layout, { width, height }: { width: number; height: number }) => {
    if (width === 0 || height === 0 || chosen) return
    const all = allOf(now, { width, height })
    const start = now.nodes.get(TRIGGER) ?? { x: 0, y: 0 }
    const half = (getNode(TRIGGER)?.width ?? 0) / 2
    const beginning = { x: width / 2 - (start.x + half) * READABLE, y: TOP_PX - start.y * READABLE, zoom: READABLE }
    void setViewport(all.zoom < SMALLEST_WHOLE ? beginning : all, { duration: placed.current ? duration() : 0 })
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
