/**
 * One contact's chats, each oldest first, as one. WhatsApp knows a person under a phone number and a LID, and keeps a chat for each: what is
 * written moves from one to the other at any time.
 */
export const inOrder = <T>(chats: readonly (readonly T[])[], isBefore: (one: T, other: T) => boolean): T[] => {
  const merged: T[] = []
  const left = chats.map((messages) => ({ messages, next: 0 }))
  for (;;) {
    let first: (typeof left)[number] | null = null
    for (const chat of left) {
      const head = chat.messages[chat.next]
      if (head === undefined) continue
      const best = first?.messages[first.next]
      if (best === undefined || isBefore(head, best)) first = chat
    }
    const head = first?.messages[first.next]
    if (first === null || head === undefined) return merged
    merged.push(head)
    first.next += 1
  }
}
