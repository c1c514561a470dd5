import { Flow } from '@zaptria/contract'
import { SAMPLE_FLOW } from '@zaptria/core'
import { describe, expect, it } from 'vitest'
import { changesBetween, isNothing } from './changes.ts'
import { flowText, textsToCompare } from './flow-text.ts'

const sample = Flow.parse(SAMPLE_FLOW)
/** As a database gives it back that keeps no order of keys. */
const shuffled = (flow: Flow): Flow => Flow.parse({ ...flow, nodes: Object.fromEntries(Object.entries(flow.nodes).toReversed()) })

describe('what a version changes', () => {
  it('is nothing where only the order or the defaults are written differently', () => {
    expect(isNothing(changesBetween(sample, shuffled(sample)))).toBe(true)
    expect(isNothing(changesBetween(sample, Flow.parse({ ...SAMPLE_FLOW, debounce_seconds: 0 })))).toBe(true)
    const [from, to] = textsToCompare(sample, shuffled(sample))
    expect(to).toBe(from)
  })

  it('is told by name', () => {
    const { tchau: _, ...rest } = SAMPLE_FLOW.nodes
    const to = Flow.parse({ ...SAMPLE_FLOW, name: 'Outro', nodes: { ...rest, precos: { type: 'end' }, novo: { type: 'end' } } })
    expect(changesBetween(sample, to)).toEqual({ added: ['novo'], changed: ['precos'], removed: ['tchau'], fields: ['name'] })
    expect(changesBetween(null, sample).added).toEqual(Object.keys(sample.nodes))
  })
})

describe('a flow’s text', () => {
  it('comes by the way from the start, whatever order it was kept in', () => {
    const text = flowText(shuffled(sample))
    expect(text).toBe(flowText(sample))
    expect(Object.keys((JSON.parse(text) as Flow).nodes).slice(0, 3)).toEqual(['saudacao', 'menu', 'horarios'])
  })

  it('keeps common nodes in place when it is compared, new ones after the one before them', () => {
    const to = Flow.parse({
      ...SAMPLE_FLOW,
      start: 'ola',
      nodes: { ...SAMPLE_FLOW.nodes, ola: { type: 'text', text: 'Olá', next: 'tchau' } },
    })
    const [from, now] = textsToCompare(sample, to).map((text) => Object.keys((JSON.parse(text) as Flow).nodes))
    expect(now?.filter((id) => id !== 'ola')).toEqual(from)
  })
})
