import { useLingui } from '@lingui/react'
import { useQuery } from '@tanstack/react-query'
import type { AlertKind } from '@zaptria/contract'
import { keys } from '../../api/keys.ts'
import { fetchPart } from '../../api/part.ts'
import { loadLaterTexts } from '../../i18n/load.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'

/**
 * What an alert's detail comes to; null without one. What says it comes as a part, with its texts, for most days nothing is wrong: null until it is there,
 * and the detail as it was written where a newer version has taken its place.
 */
export function useDetailText(kind: AlertKind | undefined, detail: string | null): string | null {
  const t = useT()
  const language = useLanguage()
  const { i18n } = useLingui()
  const { data, isError } = useQuery({
    queryKey: keys.detailText,
    queryFn: async () => {
      const [part] = await Promise.all([fetchPart(() => import('./detail-text.ts')), loadLaterTexts(i18n)])
      return part
    },
    enabled: detail !== null,
    staleTime: Infinity,
    gcTime: Infinity,
    retry: false,
  })
  if (kind === undefined || detail === null || isError) return detail
  return data?.detailText(kind, detail, t, language) ?? null
}
