import type { Reaction } from '../../domain/types.ts'
import { Emitter } from './emitter.ts'
import { MsgKey, Wid } from './ids.ts'
import type { MsgModel } from './models.ts'

/** As the page hands it to its table of reactions: an add-on with a key of its own. */
type Row = {
  id: MsgKey
  reactionParentKey: MsgKey
  reactionText: string
  reactionTimestamp: number
  author: Wid | undefined
  from: Wid
  read: boolean
}

/** Reactions to the messages in memory. What arrives goes through `table.bulkUpsert`, which clients wrap. */
export class Reactions extends Emitter {
  readonly table = { bulkUpsert: async (rows: Row[]): Promise<void> => rows.forEach((row) => this.#seen.add(nameOf(row))) }
  readonly #held = new Map<string, { msg: MsgModel; reactions: Reaction[] }>()
  readonly #seen = new Set<string>()

  /** Of a message that comes out of the store: nobody is told. */
  hold(msg: MsgModel, reactions: Reaction[]): void {
    this.#held.set(String(msg.id), { msg, reactions })
    for (const one of reactions) this.#seen.add(nameOf(rowOf(msg, one)))
    msg.set({ hasReaction: reactions.some((one) => one.emoji !== '') })
  }

  update(msg: MsgModel, reactions: Reaction[]): void {
    const rows = reactions.map((one) => rowOf(msg, one)).filter((row) => !this.#seen.has(nameOf(row)))
    if (rows.length === 0 && reactions.length > 0) return
    this.#held.set(String(msg.id), { msg, reactions })
    msg.set({ hasReaction: reactions.some((one) => one.emoji !== '') })
    if (rows.length > 0) void this.table.bulkUpsert(rows)
  }

  /** As the collection's `find`: by emoji, each with who put it. */
  async find(id: unknown): Promise<{ reactions: { aggregateEmoji: string; senders: object[] }[] } | undefined> {
    const held = this.#held.get(String(id))
    const shown = held?.reactions.filter((one) => one.emoji !== '') ?? []
    if (!held || shown.length === 0) return undefined
    const senders = shown.map((one) => {
      const row = rowOf(held.msg, one)
      return {
        msgKey: row.id,
        parentMsgKey: row.reactionParentKey,
        senderUserJid: one.sender,
        reactionText: one.emoji,
        timestamp: one.at,
        aggregateEmoji: one.emoji,
      }
    })
    return {
      reactions: [...new Set(shown.map((one) => one.emoji))].map((aggregateEmoji) => ({
        aggregateEmoji,
        senders: senders.filter((one) => one.aggregateEmoji === aggregateEmoji),
      })),
    }
  }
}

const nameOf = (row: Row): string =>
  `${String(row.reactionParentKey)} ${row.id.fromMe} ${String(row.author ?? row.from)} ${row.reactionTimestamp}`

const rowOf = (msg: MsgModel, { fromMe, sender, emoji, at }: Reaction): Row => {
  const who = new Wid(sender)
  const author = msg.id.remote.isGroup() ? who : undefined
  return {
    id: new MsgKey({ fromMe, remote: msg.id.remote, id: `3EB0${at.toString(16).toUpperCase()}`, participant: author }),
    reactionParentKey: msg.id,
    reactionText: emoji,
    reactionTimestamp: at,
    author,
    from: who,
    read: false,
  }
}
