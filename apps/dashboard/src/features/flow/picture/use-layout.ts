import { useEffect, useRef, useState } from 'react'
import { untilServerAnswers } from '../../../api/reach.ts'
import type { FlowGraph } from './graph.ts'
import { shapeOf, type Layout, type Shape } from './layout.ts'

/** So often its program is asked for again. */
const MOST_FAILURES = 2

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
    let ended = false
    let worker: Worker | null = null
    // One thread for each layout: it is ended when the text has moved on, and nobody waits for what is not wanted any more.
    const begin = (failures: number) => {
      worker = new Worker(new URL('./layout-worker.ts', import.meta.url), { type: 'module' })
      worker.addEventListener('message', ({ data }: MessageEvent<Layout>) => {
        setDrawn({ shape, graph: latest.current, layout: data })
        worker?.terminate()
      })
      worker.addEventListener('error', (event) => {
        // Of its own mistakes it tells what they are; where it could not be fetched there is nothing to tell.
        if (event instanceof ErrorEvent || failures === MOST_FAILURES) setDrawn('failed')
        else void untilServerAnswers().then(() => ended || begin(failures + 1))
      })
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- of windows; a worker has none
      worker.postMessage(JSON.parse(shape) as Shape)
    }
    begin(0)
    return () => {
      ended = true
      worker?.terminate()
    }
  }, [shape])
  return drawn !== null && drawn !== 'failed' && drawn.shape === shape ? { graph, layout: drawn.layout } : drawn
}
