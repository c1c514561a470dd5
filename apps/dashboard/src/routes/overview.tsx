import { getRouteApi } from '@tanstack/react-router'
import { useCallback, useEffect, useRef } from 'react'
import { z } from 'zod'
import { OverviewPage } from '../features/overview/overview-page.tsx'
import { FILTERS } from '../features/overview/standing.ts'

/** What is looked for stands in the address: "back" finds it again, and it can be sent to somebody. */
export const OverviewSearch = z.object({ q: z.string().optional().catch(undefined), show: z.enum(FILTERS).optional().catch(undefined) })

const route = getRouteApi('/app/')
const TYPING_MS = 300

export function OverviewRoute() {
  const { q, show } = route.useSearch()
  const navigate = route.useNavigate()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const onSearch = useCallback(
    (text: string) => {
      clearTimeout(timer.current)
      timer.current = setTimeout(
        () => void navigate({ search: (old) => ({ ...old, q: text === '' ? undefined : text }), replace: true, resetScroll: false }),
        TYPING_MS,
      )
    },
    [navigate],
  )
  return (
    <OverviewPage
      q={q ?? ''}
      filter={show ?? null}
      onSearch={onSearch}
      onFilter={(filter) => void navigate({ search: (old) => ({ ...old, show: filter ?? undefined }), replace: true, resetScroll: false })}
    />
  )
}
