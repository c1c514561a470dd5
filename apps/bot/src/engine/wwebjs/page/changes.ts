import type { BridgeWindow } from './bridge.ts'
import type { PageModule } from './compat.ts'
import type { PageRef } from './shapes.ts'

/** Parsed on our side by reports.ts. */
type PageChange = {
  kind: 'reaction' | 'edit' | 'revoke'
  target: PageRef
  aliasChatId: string | null
  fromMe: boolean
  sender: string
  timestampMs: number
  emoji?: string
  body?: string
}
export type PageDeed = { kind: 'react'; emoji: string } | { kind: 'edit'; body: string } | { kind: 'revoke' }
/** `missing`: the page has no such message. `refused`: WhatsApp does not do that to this message. `unable`: a module is gone. */
export type PageDone = 'done' | 'missing' | 'refused' | 'unable'

export type Changes = {
  /** From now on changes are told, and those first that came before anybody listened. */
  listen: () => void
  /** What was done to a chat's messages in memory, from those of `since` (Unix seconds) on. */
  since: (chat: string, since: number) => Promise<PageChange[]>
  /** Found under the first of the chats that has it. */
  make: (targets: PageRef[], deed: PageDeed) => Promise<PageDone>
}

/** Runs inside WhatsApp's page, as text, after `installBridge`: it may use nothing but its argument. */
export const installChanges = (window: BridgeWindow): void => {
  const bridge = window.zaptria?.bridge
  const compat = window.zaptria?.compat
  if (!bridge || !compat || window.zaptria?.changes) return
  const { wid, key, module } = compat
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  const collections = () => module('WAWebCollections') ?? {}
  const models = (collection: PageModule): PageModule[] => collection?.getModelsArray?.() ?? collection?.models ?? []

  /** Whose message a key names: the chat's other side, in a group the participant, or this account. */
  const refOf = (id: PageModule): PageRef | null => {
    const own = key(id)
    if (!own || !/@(c\.us|lid|g\.us)$/.test(own.chat)) return null
    const sender = own.fromMe ? bridge.ownId() : own.chat.endsWith('@g.us') ? own.participant : own.chat
    return sender === null ? null : { waId: own.id, chatId: own.chat, fromMe: own.fromMe, sender }
  }
  const about = (target: PageRef) => ({ target, aliasChatId: bridge.otherName(target.chatId) })

  /** A message that was deleted, or edited; null when neither was done to it. */
  const stateOf = (message: PageModule): PageChange | null => {
    if (message?.type === 'revoked') {
      // Some pages put a message of its own in the place of the one that was deleted; this names that one.
      const target = refOf(message.protocolMessageKey) ?? refOf(message.id)
      if (!target) return null
      const at = Number(message.revokeTimestamp)
      const by = wid(message.revokeSender)
      const timestampMs = at > 0 ? Math.trunc(at) * 1000 : Date.now()
      return {
        kind: 'revoke',
        ...about(target),
        fromMe: by === null ? target.fromMe : by === bridge.ownId(),
        sender: by ?? target.sender,
        timestampMs,
      }
    }
    const timestampMs = Math.trunc(Number(message?.latestEditSenderTimestampMs))
    const body = message?.directPath ? text(message.caption) : text(message?.body)
    const target = timestampMs > 0 && body !== null ? refOf(message.id) : null
    return target && body !== null
      ? { kind: 'edit', ...about(target), fromMe: target.fromMe, sender: target.sender, timestampMs, body }
      : null
  }

  const reactionOf = (id: PageModule, parent: PageModule, by: unknown, emoji: unknown, at: unknown): PageChange | null => {
    const target = refOf(parent)
    const own = key(id)
    if (!target) return null
    const fromMe = own?.fromMe === true || wid(by) === bridge.ownId()
    const sender = fromMe ? bridge.ownId() : (wid(by) ?? own?.participant ?? target.chatId)
    const timestampMs = Math.trunc(Number(at))
    if (sender === null || !(timestampMs > 0)) return null
    return { kind: 'reaction', ...about(target), fromMe, sender, timestampMs, emoji: text(emoji) ?? '' }
  }

  const tell = (change: PageChange | null): void => {
    if (change) window.zaptriaReport?.({ kind: 'change', change })?.catch(() => {})
  }

  let listening = false
  const listen = (): void => {
    if (listening) return
    listening = true
    const { Msg } = collections()
    const hear = (message: PageModule) => tell(stateOf(message))
    // Which of an edit's parts the page sets last is its own affair; what is told twice is heard once.
    Msg?.on?.('change:type change:body change:caption change:latestEditSenderTimestampMs', hear)
    Msg?.on?.('add', (message: PageModule) => {
      if (message?.type === 'revoked') hear(message)
    })
    const table = module('WAWebAddonReactionTableMode')?.reactionTableMode
    const original = table?.bulkUpsert
    if (typeof original === 'function')
      table.bulkUpsert = (...args: PageModule[]) => {
        try {
          for (const row of args[0] ?? [])
            tell(reactionOf(row.id, row.reactionParentKey, row.author ?? row.from, row.reactionText, row.reactionTimestamp))
        } catch {
          // Whatever it is: the page itself must get it.
        }
        return original.apply(table, args)
      }
    for (const message of models(Msg)) hear(message)
  }

  const reactionsOf = async (message: PageModule): Promise<PageChange[]> => {
    if (!message.hasReaction) return []
    const found = await Promise.resolve(collections().Reactions?.find?.(message.id)).catch(() => null)
    const groups: PageModule[] = found?.reactions?.getModelsArray?.() ?? found?.reactions ?? []
    return [...groups].flatMap((group) =>
      [...(group.senders?.getModelsArray?.() ?? group.senders ?? [])].flatMap(
        (one: PageModule) =>
          reactionOf(
            one.msgKey,
            one.parentMsgKey ?? message.id,
            one.senderUserJid,
            one.reactionText ?? group.aggregateEmoji,
            one.timestamp,
          ) ?? [],
      ),
    )
  }

  const since = async (chat: string, from: number): Promise<PageChange[]> => {
    const held = models(collections().Chat).find((one) => wid(one.id) === chat)
    const found: PageChange[] = []
    for (const message of models(held?.msgs)) {
      if (Number(message.t) < from) continue
      const state = stateOf(message)
      if (state) found.push(state)
      found.push(...(await reactionsOf(message)))
    }
    return found
  }

  /** The page's promise is that it has begun: what it shows then is the answer. */
  const shows = async (fits: () => boolean): Promise<PageDone> => {
    for (let tries = 0; tries < 100; tries++) {
      if (fits()) return 'done'
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('the page does not show what was done')
  }

  const edit = async (message: PageModule, body: string): Promise<PageDone> => {
    if (message.body === body) return 'done'
    const capability = module('WAWebMsgActionCapability')
    const action = module('WAWebSendMessageEditAction')
    if (!capability?.canEditText || !action?.sendMessageEdit) return 'unable'
    if (!capability.canEditText(message)) return 'refused'
    await action.sendMessageEdit(message, body, {})
    return shows(() => message.body === body)
  }

  const revoke = async (message: PageModule): Promise<PageDone> => {
    if (message.type === 'revoked') return 'done'
    const capability = module('WAWebMsgActionCapability')
    const commands = module('WAWebCmd')?.Cmd
    if (!capability?.canSenderRevokeMsg || !commands?.sendRevokeMsgs) return 'unable'
    if (!capability.canSenderRevokeMsg(message)) return 'refused'
    const { Chat, Msg } = collections()
    const chat = Chat?.get?.(message.id.remote) ?? (await Chat?.find?.(message.id.remote))
    const isNew = window.WWebJS?.compareWwebVersions?.(window.Debug?.VERSION, '>=', '2.3000.0') ?? true
    if (isNew) await commands.sendRevokeMsgs(chat, { list: [message], type: 'message' }, { clearMedia: true })
    else await commands.sendRevokeMsgs(chat, [message], { clearMedia: true, type: 'Sender' })
    return shows(() => message.type === 'revoked' || !Msg?.get?.(message.id))
  }

  const react = async (message: PageModule, emoji: string): Promise<PageDone> => {
    const action = module('WAWebSendReactionMsgAction')
    if (!action?.sendReactionToMsg) return 'unable'
    if (message.type === 'revoked') return 'refused'
    await action.sendReactionToMsg(message, emoji)
    return 'done'
  }

  const make = async (targets: PageRef[], deed: PageDeed): Promise<PageDone> => {
    let message: PageModule = null
    for (const target of targets) message ??= await bridge.find(target)
    if (!message) return 'missing'
    if (deed.kind === 'edit') return edit(message, deed.body)
    return deed.kind === 'revoke' ? revoke(message) : react(message, deed.emoji)
  }

  window.zaptria = { ...window.zaptria, changes: { listen, since, make } }
}
