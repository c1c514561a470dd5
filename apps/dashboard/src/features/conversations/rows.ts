import type { Message } from '@zaptria/contract'

/** A message's row in the chat. Its heading and its distance belong to it, so that what is added above moves nothing. */
export type ChatRow = {
  message: Message
  /** Under the heading of its day. */ startsDay: boolean
  /** The first, the last of what one side said in a row: these are drawn as one. */ first: boolean
  last: boolean
}

const TOGETHER_MS = 10 * 60_000
const days = new WeakMap<Message, number>()

/** A number for each local day. Remembered: asking a Date costs more than all else of a row. */
function dayOf(message: Message): number {
  const known = days.get(message)
  if (known !== undefined) return known
  const at = new Date(message.at)
  const day = at.getFullYear() * 400 + at.getMonth() * 32 + at.getDate()
  days.set(message, day)
  return day
}

/** Whether two in a row are drawn as one: of the same hand, on the same day, not long after each other. */
function together(one: Message, next: Message): boolean {
  return (
    one.from_me === next.from_me &&
    one.author === next.author &&
    one.sender?.id === next.sender?.id &&
    dayOf(one) === dayOf(next) &&
    Math.abs(Date.parse(next.at) - Date.parse(one.at)) < TOGETHER_MS
  )
}

type Around = {
  /** What is before these is known: there is nothing. */ isStart: boolean
  before?: Message | undefined
  after?: Message | undefined
}

const laid = new WeakMap<readonly Message[], { around: Around; rows: ChatRow[] }>()

/** As `chatRows`, of a page as the API gives it, newest first. Remembered for as long as page and neighbours are the same: there are hundreds of pages. */
export function pageRows(newestFirst: readonly Message[], around: Around): ChatRow[] {
  const known = laid.get(newestFirst)
  const { isStart, before, after } = around
  if (known !== undefined && known.around.isStart === isStart && known.around.before === before && known.around.after === after) {
    return known.rows
  }
  const rows = chatRows(newestFirst.toReversed(), around)
  laid.set(newestFirst, { around, rows })
  return rows
}

/** Messages, oldest first, as rows. Whether the very first starts its day is not known while more may come above it. */
export function chatRows(messages: readonly Message[], { isStart, before, after }: Around): ChatRow[] {
  return messages.map((message, index) => {
    const previous = index === 0 ? before : messages[index - 1]
    const next = messages[index + 1] ?? after
    return {
      message,
      startsDay: previous === undefined ? isStart : dayOf(previous) !== dayOf(message),
      first: previous === undefined || !together(previous, message),
      last: next === undefined || !together(message, next),
    }
  })
}
