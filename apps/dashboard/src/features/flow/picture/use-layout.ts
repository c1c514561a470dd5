import { useEffect, useRef, useState } from 'react'
import type { FlowGraph } from './graph.ts'
import { shapeOf, type Layout, type Shape } from './layout.ts'

type Drawn = { shape: string; graph: FlowGraph; layout: Layout }

/** A graph and the layout that fits it: the newest pair there is, null before the first. New words in the same shape are there at once. */
export function useLayout(graph: FlowGraph): Pick<Drawn, 'graph' | 'layout'> | 'failed' | null {
  const [drawn, setDrawn] = useState<Drawn | 'failed' | null>(null)
  const latest = useRef(graph)
  const shape = JSON.stringify(shapeOf(graph))
  useEffect(() => {
    latest.current = graph
  }, [graph])
  useEffect(() => {
    // One thread for each layout: it is ended when the text has moved on, and nobody waits for what is not wanted any more.
    const worker = new Worker(new URL('./layout-worker.ts', import.meta.url), { type: 'module' })
    worker.addEventListener('message', ({ data }: MessageEvent<Layout>) => {
      setDrawn({ shape, graph: latest.current, layout: data })
      worker.terminate()
    })
    worker.addEventListener('error', () => setDrawn('failed'))
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- of windows; a worker has none
    worker.postMessage(JSON.parse(shape) as Shape)
    return () => worker.terminate()
  }, [shape])
  return drawn !== null && drawn !== 'failed' && drawn.shape === shape ? { graph, layout: drawn.layout } : drawn
}
