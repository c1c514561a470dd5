import { useState } from 'react'

export type Editing = {
  /** The id of the quick reply that is changed, or `new`; null: none is. */
  id: string | null
  /** Asks first where something written would be lost. */
  go: (id: string | null) => void
  /** It is saved, or given up. */
  done: () => void
  onDirty: (dirty: boolean) => void
  /** Whether it is being asked, and the two answers. */
  asking: boolean
  keep: () => void
  discard: () => void
}

/** Which quick reply is being written. */
export function useEditing(): Editing {
  const [id, setId] = useState<string | null>(null)
  const [dirty, setDirty] = useState(false)
  const [asked, setAsked] = useState<{ next: string | null } | null>(null)
  const open = (next: string | null) => {
    setId(next)
    setDirty(false)
    setAsked(null)
  }
  return {
    id,
    go: (next) => (dirty ? setAsked({ next }) : open(next)),
    done: () => open(null),
    onDirty: setDirty,
    asking: asked !== null,
    keep: () => setAsked(null),
    discard: () => open(asked?.next ?? null),
  }
}
