import { useState } from 'react'
import { z } from 'zod'
import { ORDERS } from './standing.ts'

const Look = z.object({ view: z.enum(['tiles', 'rows']), order: z.enum(ORDERS) })
/** How the overview is drawn: kept in this browser. */
export type Look = z.infer<typeof Look>

const STORED = 'zaptria.overview'
const DEFAULT: Look = { view: 'tiles', order: 'attention' }

function read(): Look {
  try {
    return Look.parse(JSON.parse(localStorage.getItem(STORED) ?? ''))
  } catch {
    return DEFAULT
  }
}

export function useLook(): [Look, (look: Look) => void] {
  const [look, setLook] = useState(read)
  return [
    look,
    (next) => {
      localStorage.setItem(STORED, JSON.stringify(next))
      setLook(next)
    },
  ]
}
