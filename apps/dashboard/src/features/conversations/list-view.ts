import { useState } from 'react'
import { SHOWN, type Shown } from './conversations.ts'

export type ListView = { q: string; shown: Shown }

/** What the list of conversations is narrowed to, for this tab and until signing out: opening a conversation and coming back changes nothing of it. */
const key = (tenant: string) => `zaptria.list.${tenant}`

export function useListView(tenant: string): [view: ListView, change: (view: ListView) => void] {
  const [view, setView] = useState(() => read(sessionStorage.getItem(key(tenant))))
  return [
    view,
    (next) => {
      setView(next)
      sessionStorage.setItem(key(tenant), JSON.stringify(next))
    },
  ]
}

function read(text: string | null): ListView {
  const { q, shown } = (text === null ? {} : JSON.parse(text)) as Partial<ListView>
  return { q: q ?? '', shown: SHOWN.find((each) => each === shown) ?? 'all' }
}
