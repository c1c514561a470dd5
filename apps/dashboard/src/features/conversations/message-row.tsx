import { memo } from 'react'
import { Bubble, type BubbleProps } from './bubble.tsx'
import { Day } from './day.tsx'
import type { ChatRow } from './rows.ts'

/** Drawn again only when something of it has changed. */
export const MessageRow = memo(function MessageRow({
  tenant,
  message,
  contactName,
  startsDay,
  first,
  last,
  marked,
  onReply,
  onJump,
}: ChatRow & Omit<BubbleProps, 'first' | 'last'>) {
  return (
    <>
      {startsDay && <Day at={message.at} />}
      <Bubble
        tenant={tenant}
        message={message}
        contactName={contactName}
        first={first || startsDay}
        last={last}
        marked={marked}
        onReply={onReply}
        onJump={onJump}
      />
    </>
  )
})
