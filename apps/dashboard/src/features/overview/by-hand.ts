import { useSyncExternalStore } from 'react'
import { z } from 'zod'

/** Tenants whom people answer on purpose: that no flow does is not said of them again. Kept in this browser. */
const STORED = 'zaptria.by-hand'
const Ids = z.array(z.string())
const NONE: ReadonlySet<string> = new Set()

let known: { text: string | null; ids: ReadonlySet<string> } = { text: null, ids: NONE }

function read(): ReadonlySet<string> {
  const text = localStorage.getItem(STORED)
  if (text !== known.text) known = { text, ids: parse(text) }
  return known.ids
}

function parse(text: string | null): ReadonlySet<string> {
  try {
    return new Set(Ids.parse(JSON.parse(text ?? '')))
  } catch {
    return NONE
  }
}

const listeners = new Set<() => void>()
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const useByHand = (): ReadonlySet<string> => useSyncExternalStore(subscribe, read)

export function keepByHand(tenant: string): void {
  localStorage.setItem(STORED, JSON.stringify([...read(), tenant]))
  for (const listener of listeners) listener()
}
