import { useState } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { messageKind } from './message-kind.ts'
import type { ChatRow } from './rows.ts'

/** Says aloud what comes while the chat is open, and nothing of what was there before. Not seen. */
export function Spoken({ rows }: { rows: readonly ChatRow[] }) {
  const t = useT()
  const newest = rows.at(-1)?.message
  const [opened] = useState(newest?.id)
  const isNews = newest !== undefined && newest.id !== opened && !newest.from_me
  const kind = isNews ? messageKind(newest.type) : null
  return (
    <p role="status" className="sr-only" data-testid="spoken">
      {isNews && t('messages.spoken', { text: kind === null ? newest.body : t(kind.text) })}
    </p>
  )
}
