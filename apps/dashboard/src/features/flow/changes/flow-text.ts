import type { Flow } from '@zaptria/contract'
import { walkOrder } from '../edges.ts'

const write = (flow: Flow, order: readonly string[]): string =>
  JSON.stringify(
    { ...flow, nodes: Object.fromEntries(order.flatMap((id) => (Object.hasOwn(flow.nodes, id) ? [[id, flow.nodes[id]]] : []))) },
    null,
    2,
  )

const orderOf = (flow: Flow): string[] => walkOrder(flow.start, new Map(Object.entries(flow.nodes))).order

/** A flow as people read it: the database keeps no order of nodes, so they come by the way from the start. */
export const flowText = (flow: Flow): string => write(flow, orderOf(flow))

/** Both texts in one order, so that a node which only comes earlier now does not look like a change. New nodes stand after the one before them. */
export function textsToCompare(from: Flow, to: Flow): [from: string, to: string] {
  const order = orderOf(from)
  let before = -1
  for (const id of orderOf(to)) {
    const at = order.indexOf(id)
    if (at === -1) order.splice(++before, 0, id)
    else before = at
  }
  return [write(from, order), write(to, order)]
}
