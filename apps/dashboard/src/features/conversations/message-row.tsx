import type { Message } from '@zaptria/contract'
import { memo } from 'react'
import { Bubble } from './bubble.tsx'
import { Day } from './day.tsx'
import type { ChatRow } from './rows.ts'

/** Drawn again only when something of it has changed. */
export const MessageRow = memo(function MessageRow({
  tenant,
  message,
  startsDay,
  first,
  last,
  onReply,
}: ChatRow & { tenant: string; onReply: (message: Message) => void }) {
  return (
    <>
      {startsDay && <Day at={message.at} />}
      <Bubble tenant={tenant} message={message} first={first || startsDay} last={last} onReply={onReply} />
    </>
  )
})
