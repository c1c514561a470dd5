import type { Flow } from '@zaptria/contract'

/** What another version does differently: names of nodes, and of the flow's own fields. */
export type FlowChanges = { added: string[]; changed: string[]; removed: string[]; fields: string[] }

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Both flows have passed the contract's schema, which puts fields in its own order. */
export function changesBetween(from: Flow | null, to: Flow): FlowChanges {
  const [old, now] = [new Map(Object.entries(from?.nodes ?? {})), new Map(Object.entries(to.nodes))]
  const { nodes: _, ...fields } = to
  return {
    added: [...now.keys()].filter((id) => !old.has(id)),
    changed: [...now].filter(([id, node]) => old.has(id) && !same(old.get(id), node)).map(([id]) => id),
    removed: [...old.keys()].filter((id) => !now.has(id)),
    fields: from === null ? [] : Object.entries(fields).flatMap(([key, value]) => (same(value, from[key as keyof Flow]) ? [] : [key])),
  }
}

export const isNothing = ({ added, changed, removed, fields }: FlowChanges): boolean =>
  added.length + changed.length + removed.length + fields.length === 0
