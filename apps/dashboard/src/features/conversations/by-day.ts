import type { Message } from '@zaptria/contract'

export type Day = { heading: string; messages: Message[] }

/** Messages, oldest first, under the heading of their day. */
export function byDay(messages: readonly Message[], headingOf: (at: Date) => string): Day[] {
  const days: Day[] = []
  for (const message of messages) {
    const heading = headingOf(new Date(message.at))
    const last = days.at(-1)
    if (last?.heading === heading) last.messages.push(message)
    else days.push({ heading, messages: [message] })
  }
  return days
}
