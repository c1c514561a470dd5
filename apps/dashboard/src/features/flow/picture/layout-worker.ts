import { layOut, type Shape } from './layout.ts'

/** A thread of its own: the layout of a hundred nodes takes longer than a key may. */
addEventListener('message', ({ data }: MessageEvent<Shape>) => postMessage(layOut(data)))
