import { useReactFlow, useStoreApi, type FitViewOptions } from '@xyflow/react'
import { useEffect, useEffectEvent, useRef } from 'react'

const calm = (): boolean => window.matchMedia('(prefers-reduced-motion: reduce)').matches

type FollowProps = { shape: string; fit: FitViewOptions; current: string | null; focused: string | null }

/** Keeps in sight what matters: all of it when the flow is built differently, and the node that a trial or the keyboard has come to. */
export function Follow({ shape, fit, current, focused }: FollowProps) {
  const { fitView, getNode, getViewport, setCenter } = useReactFlow()
  const store = useStoreApi()
  const shown = useRef(shape)
  const duration = (): number => (calm() ? 0 : 250)
  const showAll = useEffectEvent((now: string) => {
    // The first time React Flow does it itself, before anything is seen.
    if (shown.current !== now) void fitView({ ...fit, duration: duration() })
    shown.current = now
  })
  const show = useEffectEvent((id: string | null) => {
    const found = id === null ? undefined : getNode(id)
    if (found === undefined) return
    const { width, height } = store.getState()
    const { x, y, zoom } = getViewport()
    const left = found.position.x * zoom + x
    const top = found.position.y * zoom + y
    const [wide, high] = [(found.width ?? 0) * zoom, (found.height ?? 0) * zoom]
    if (left >= 0 && top >= 0 && left + wide <= width && top + high <= height) return
    void setCenter(found.position.x + (found.width ?? 0) / 2, found.position.y + (found.height ?? 0) / 2, { zoom, duration: duration() })
  })

  useEffect(() => showAll(shape), [shape])
  useEffect(() => show(current), [current])
  useEffect(() => show(focused), [focused])
  return null
}
