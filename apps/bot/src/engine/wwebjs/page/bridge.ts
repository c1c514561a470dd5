import type { Content } from './content.ts'
import type { Files } from './files.ts'
import type { Changes } from './changes.ts'
import type { Compat, CompatWindow, PageModule } from './compat.ts'
import type { PageMe, PageMessage, PageProbe, PageRef, PageSend, PageStatus } from './shapes.ts'

export type Bridge = {
  /** True once per document: whatsapp-web.js may attach its listeners now. */
  listen: () => boolean
  /** It has, or it could not: then the bridge listens itself. False when nobody can. */
  listened: (worked: boolean) => boolean
  status: () => PageStatus
  me: () => PageMe
  probe: (names: string[]) => PageProbe
  refreshQr: () => void
  /** The account's own id, and a person's other name; for our other code in the page, as the next one. */
  ownId: () => string | null
  otherName: (jid: string) => string | null
  /** The page's own model of a message. */
  find: (message: PageRef) => Promise<PageModule>
  lookup: (waId: string, chats: string[]) => Promise<{ ack: number; chatId: string } | null>
  /** Chats whose newest message is not older than its own limit (Unix seconds), or than `floor`; those of one contact together. */
  chatsSince: (limits: Record<string, number>, floor: number) => string[][]
  /** Of each chat all messages from its time on, oldest first; earlier ones are loaded until there are no more or that is reached. */
  messagesSince: (chats: { id: string; since: number }[]) => Promise<PageMessage[][]>
  typing: (chat: string, on: boolean) => Promise<void>
  send: (request: PageSend) => Promise<{ chatId: string } | { rejected: 'not_on_whatsapp' }>
}

export type BridgeWindow = CompatWindow & {
  zaptria?: { compat?: Compat; content?: Content; bridge?: Bridge; files?: Files; changes?: Changes }
  zaptriaReport?: (report: object) => Promise<void>
  WWebJS?: PageModule
  Debug?: { VERSION?: string }
  [handler: string]: unknown
}

/** Runs inside WhatsApp's page, as text, after `installCompat` and `installContent`: it may use nothing but its argument. Once per document. */
export const installBridge = (window: BridgeWindow): void => {
  const compat = window.zaptria?.compat
  const contents = window.zaptria?.content
  if (!compat || !contents || window.zaptria?.bridge) return
  const { wid, key, module } = compat
  const tell = (report: object): void => {
    window.zaptriaReport?.(report)?.catch(() => {})
  }

  // Notices of the page itself, not something that a person wrote.
  const SYSTEM = new Set(
    'e2e_notification notification notification_template gp2 group_notification broadcast_notification protocol ciphertext revoked call_log reaction debug newsletter_notification pinned_message keep_in_chat'.split(
      ' ',
    ),
  )
  const MEDIA = new Set(['image', 'video', 'audio', 'ptt', 'document', 'sticker', 'ptv', 'gif'])
  const digits = (jid: string | null) => jid?.split('@')[0] ?? null
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  const whole = (value: unknown) => (Number.isInteger(value) ? (value as number) : null)
  const collections = () => module('WAWebCollections') ?? {}
  const models = (collection: PageModule): PageModule[] => collection?.getModelsArray?.() ?? collection?.models ?? []

  const ownId = (): string | null => {
    const me = module('WAWebUserPrefsMeUser')
    return wid(me?.getMaybeMePnUser?.()) ?? wid(me?.getMaybeMeLidUser?.())
  }
  const asWid = (jid: string): PageModule => module('WAWebWidFactory')?.createWid(jid)
  /** The other name of a person, when the page knows it. */
  const alternate = (jid: string, contact: PageModule): string | null => {
    const api = module('WAWebApiContact')
    try {
      const other = jid.endsWith('@lid') ? api?.getPhoneNumber?.(asWid(jid)) : api?.getCurrentLid?.(asWid(jid))
      const found = wid(other) ?? wid(api?.getAlternateUserWid?.(asWid(jid)))
      if (found !== null && found !== jid) return found
    } catch {
      // Fall back to the contact.
    }
    return jid.endsWith('@lid') ? wid(contact?.phoneNumber) : null
  }

  const otherName = (jid: string) => (jid.endsWith('@g.us') ? null : alternate(jid, collections().Contact?.get?.(jid)))

  const subjectOf = (id: string): string | null => {
    const chat = collections().Chat?.get?.(id) ?? collections().Chat?.get?.(asWid(id))
    return text(chat?.groupMetadata?.subject) ?? text(chat?.formattedTitle) ?? text(chat?.name)
  }

  const describe = (message: PageModule): PageMessage | null => {
    const own = key(message?.id)
    if (!own || SYSTEM.has(message.type) || !/@(c\.us|lid|g\.us)$/.test(own.chat)) return null
    const group = own.chat.endsWith('@g.us')
    const sender = own.fromMe ? ownId() : group ? (own.participant ?? wid(message.author)) : own.chat
    if (sender === null) return null
    const contact = group ? null : collections().Contact?.get?.(own.chat)
    const other = group ? null : alternate(own.chat, contact)
    const names = [own.chat, other]
    const content = contents.read(message)
    const quotedId = text(message.quotedStanzaID)
    const isMedia = MEDIA.has(message.type) || Boolean(message.directPath)
    const name = own.fromMe ? null : (text(message.notifyName) ?? text(contact?.pushname) ?? text(message.senderObj?.pushname))
    return {
      waId: own.id,
      chatId: own.chat,
      fromMe: own.fromMe,
      sender,
      phone: group ? null : (names.find((jid) => jid?.endsWith('@c.us')) ?? null),
      lid: group ? null : (names.find((jid) => jid?.endsWith('@lid')) ?? null),
      // Of media and places the body is a thumbnail, of a card the card; what content says in words is told on our side.
      body: content ? '' : ((isMedia ? text(message.caption) : (text(message.body) ?? text(message.eventName))) ?? ''),
      timestamp: Math.trunc(Number(message.t)) || 0,
      rowId: whole(message.rowId),
      receivedMs: whole(message.clientReceivedTsMillis),
      type: String(message.type),
      ack: whole(message.ack) ?? 0,
      pushName: name === '' ? null : name,
      subject: group ? subjectOf(own.chat) : null,
      quoted: quotedId === null ? (key(message.quotedMsgId)?.id ?? null) : compat.waIdOf(quotedId),
      media: isMedia
        ? {
            mimetype: text(message.mimetype) ?? 'application/octet-stream',
            filename: text(message.filename),
            size: whole(message.size),
            filehash: text(message.filehash),
          }
        : null,
      content,
    }
  }

  /** One that cannot be read must not be lost in silence, nor keep others from being read. */
  const read = (message: PageModule): PageMessage | null => {
    try {
      const description = describe(message)
      if (!description && !key(message?.id)) tell({ kind: 'unreadable', type: String(message?.type) })
      return description
    } catch (error) {
      tell({ kind: 'unreadable', type: `${message?.type}: ${String(error)}`.slice(0, 200) })
      return null
    }
  }

  const findChat = (ids: string[]): PageModule => {
    for (const id of ids) {
      const chat = collections().Chat?.get?.(asWid(id)) ?? collections().Chat?.get?.(id)
      if (chat) return chat
    }
    return models(collections().Chat).find((chat) => ids.includes(wid(chat.id) ?? '')) ?? null
  }

  let claimed = false
  let listening = false
  let patched = false
  /** The least that whatsapp-web.js does, for a page on which it stumbles over a module that is gone. */
  const listenOurselves = (): boolean => {
    const { Msg } = collections()
    if (!Msg?.on) return false
    const hear = (message: PageModule) => {
      const description = message?.isNewMsg ? read(message) : null
      if (description) tell({ kind: 'message', message: description })
    }
    Msg.on('add', (message: PageModule) => {
      if (message?.type === 'ciphertext') message.once('change:type', () => hear(message))
      else hear(message)
    })
    Msg.on('change:ack', (message: PageModule, ack: number) => {
      const own = key(message?.id)
      if (own?.fromMe) tell({ kind: 'ack', waId: own.id, chatId: own.chat, ack })
    })
    return true
  }
  const listened = (worked: boolean): boolean => {
    listening = worked || listening || listenOurselves()
    claimed = listening
    if (!listening) return false
    window.zaptria?.changes?.listen()
    // What waited here was sent again as soon as the page connected: its acks may have come before anybody listened.
    for (const message of models(collections().Msg)) {
      const own = key(message.id)
      if (own?.fromMe && Number.isInteger(message.ack) && message.ack !== 0)
        tell({ kind: 'ack', waId: own.id, chatId: own.chat, ack: message.ack })
    }
    return true
  }
  const listen = (): boolean => {
    if (claimed) return false
    claimed = true
    // whatsapp-web.js hands each message to these, and defines only those that are absent. Ours make small reports; the events that nobody
    // listens to never leave the page (each would cross with the whole model, thumbnails included).
    const library = window.WWebJS
    const original = library?.getMessageModel
    if (library && !patched)
      library.getMessageModel = (message: PageModule) => {
        const description = read(message)
        try {
          return { ...original(message), zaptria: description }
        } catch {
          return { id: {}, zaptria: description }
        }
      }
    patched = true
    window.onAddMessageEvent = (model: PageModule) => model.zaptria && tell({ kind: 'message', message: model.zaptria })
    window.onMessageAckEvent = (model: PageModule, ack: number) => {
      const message = model.zaptria
      if (message?.fromMe) tell({ kind: 'ack', waId: message.waId, chatId: message.chatId, ack })
    }
    for (const name of [
      'onChangeMessageTypeEvent',
      'onChangeMessageEvent',
      'onRemoveMessageEvent',
      'onChatUnreadCountEvent',
      'onMessageMediaUploadedEvent',
      'onBatteryStateChangedEvent',
      'onIncomingCall',
      'onReaction',
      'onRemoveChatEvent',
      'onArchiveChatEvent',
      'onEditMessageEvent',
      'onAddMessageCiphertextEvent',
      'onCiphertextFailedEvent',
      'onPollVoteEvent',
    ])
      window[name] ??= () => {}
    return true
  }

  const status = (): PageStatus => {
    const socket = module('WAWebSocketModel')?.Socket
    return { state: text(socket?.state), hasSynced: socket?.hasSynced === true, listening }
  }

  const me = (): PageMe => ({ number: digits(ownId()), name: text(module('WAWebConnModel')?.Conn?.pushname) })

  const probe = (names: string[]): PageProbe => ({
    pageVersion: text(window.Debug?.VERSION),
    missing: names.filter((name) => module(name) === null),
    ids: compat.ids(),
  })

  const refreshQr = () => module('WAWebCmd')?.Cmd?.refreshQR?.()

  const find = async ({ waId, chatId, fromMe, sender }: PageRef): Promise<PageModule> => {
    const { Msg } = collections()
    const isIt = (message: PageModule) => {
      const own = key(message?.id)
      return own !== null && own.fromMe === fromMe && own.id === waId && own.chat === chatId
    }
    // In a group several may have chosen the same id.
    const best = (found: PageModule[]) => found.find((message) => key(message.id)?.participant === sender) ?? found[0] ?? null
    const held = best(models(Msg).filter(isIt))
    if (held) return held
    const name = `${fromMe}_${chatId}_${waId}`
    const stored = await Msg?.getMessagesById?.(chatId.endsWith('@g.us') ? [`${name}_${sender}`, name] : [name])
    return best((stored?.messages ?? []).filter(isIt))
  }

  const lookup = async (waId: string, chats: string[]) => {
    const { Msg } = collections()
    const isIt = (message: PageModule) => {
      const own = key(message?.id)
      return own !== null && own.fromMe && own.id === waId && chats.includes(own.chat)
    }
    let found = models(Msg).find(isIt)
    if (!found) {
      const stored = await Msg?.getMessagesById?.(chats.map((chat) => `true_${chat}_${waId}`))
      found = (stored?.messages ?? []).find(isIt)
    }
    const described = found ? key(found.id) : null
    return described ? { ack: Number.isInteger(found.ack) ? found.ack : 0, chatId: described.chat } : null
  }

  const chatsSince = (limits: Record<string, number>, floor: number): string[][] => {
    const ofContact = new Map<string, string[]>()
    for (const chat of models(collections().Chat)) {
      const id = wid(chat.id)
      if (id === null || !/@(c\.us|lid|g\.us)$/.test(id)) continue
      const newest = Math.max(Number(chat.t) || 0, ...models(chat.msgs).map((message) => Number(message.t) || 0))
      if (newest < (limits[id] ?? floor)) continue
      // The page may know the other name in one direction alone.
      const names = [id, otherName(id)].filter((name) => name !== null)
      const chats = names.map((name) => ofContact.get(name)).find((known) => known !== undefined) ?? []
      chats.push(id)
      for (const name of names) ofContact.set(name, chats)
    }
    return [...new Set(ofContact.values())]
  }

  const loadSince = async (chat: PageModule, since: number): Promise<void> => {
    const held = () => models(chat.msgs)
    const oldest = () => Math.min(...held().map((message) => Number(message.t) || Infinity))
    while (held().length === 0 || oldest() >= since) {
      const before = held().length
      const loaded = await module('WAWebChatLoadMessages')?.loadEarlierMsgs?.({ chat })
      if (!loaded?.length || held().length === before) break
    }
  }
  const heldSince = (chat: PageModule, since: number): PageMessage[] =>
    models(chat.msgs)
      .map((message, index) => ({ described: read(message), index }))
      .filter(({ described }) => described !== null && described.timestamp >= since)
      .toSorted((a, b) => (a.described?.timestamp ?? 0) - (b.described?.timestamp ?? 0) || a.index - b.index)
      .flatMap(({ described }) => described ?? [])
  const messagesSince = async (asked: { id: string; since: number }[]): Promise<PageMessage[][]> => {
    const chats = asked.map(({ id, since }) => ({ chat: findChat([id]), since }))
    for (const { chat, since } of chats) if (chat) await loadSince(chat, since)
    // All at one moment: what comes meanwhile is told live, after all of this.
    return chats.map(({ chat, since }) => (chat ? heldSince(chat, since) : []))
  }

  const typing = async (chat: string, on: boolean): Promise<void> => {
    const states = module('WAWebChatStateBridge')
    const to = findChat([chat])?.id ?? asWid(chat)
    await (on ? states?.sendChatStateComposing?.(to) : states?.sendChatStatePaused?.(to))
  }

  const sendOurselves = async (chat: PageModule, extra: PageModule, from: PageModule, body: string): Promise<void> => {
    const ephemeral = module('WAWebGetEphemeralFieldsMsgActionsUtils')?.getEphemeralFields?.(chat) ?? {}
    const now = Math.trunc(Date.now() / 1000)
    const base = { ack: 0, body, from, to: chat.id, local: true, self: 'out', t: now, isNewMsg: true, type: 'chat' }
    const message = { ...base, ...ephemeral, ...extra }
    const [stored] = module('WAWebSendMsgChatAction').addAndSendMsgToChat(chat, message)
    await stored
  }

  /** What a reply carries of the message that it answers. */
  const quoteOf = async ({ chatId, ...ref }: PageRef, chats: string[], chat: PageModule): Promise<PageModule> => {
    for (const name of new Set([chatId, ...chats])) {
      const message = await find({ ...ref, chatId: name })
      if (message) return contents.quoting(message, chat)
    }
    return {}
  }

  const send = async ({ waId, chats, text: body, file, content, quoted }: PageSend) => {
    let chat = findChat(chats)
    const [first = ''] = chats
    if (!chat && first.endsWith('@c.us')) {
      // Asked before a chat is made: WhatsApp would make one for any number.
      const query = module('WAWebQueryExistsJob')?.queryWidExists
      const exists = query ? await query(asWid(first)) : { wid: first }
      if (!exists || exists.wid === undefined) return { rejected: 'not_on_whatsapp' as const }
    }
    chat ??= (await module('WAWebFindChatAction')?.findOrCreateLatestChat?.(asWid(first)))?.chat
    const chatId = wid(chat?.id)
    if (chatId === null) throw new Error('the page has no such chat and cannot make one')
    const user = module('WAWebUserPrefsMeUser')
    const lidMode = chatId.endsWith('@g.us') ? chat.groupMetadata?.isLidAddressingMode === true : chatId.endsWith('@lid')
    const from = lidMode ? user.getMaybeMeLidUser() : user.getMaybeMePnUser()
    const participant = chatId.endsWith('@g.us') ? module('WAWebWidFactory').asUserWidOrThrow(from) : undefined
    const MsgKey = module('WAWebMsgKey')
    const id = new MsgKey({ from, to: chat.id, id: waId, participant, selfDir: 'out' })
    // Spread last into the message, so the key is ours and not the one that the library makes.
    const extraOptions = {
      ...(quoted === null ? {} : await quoteOf(quoted, chats, chat)),
      ...(content === null ? {} : contents.attributes(content)),
      id,
    }
    try {
      const media = file === null ? null : window.zaptria?.files?.toSend(file, body)
      await window.WWebJS.sendMessage(chat, media ? '' : body, { ...media, parseVCards: false, extraOptions })
    } catch (error) {
      // It stumbled before it handed anything over, over a module that is gone, say: then do it with fewer.
      if (file !== null || models(collections().Msg).some((message) => key(message.id)?.id === waId)) throw error
      await sendOurselves(chat, extraOptions, from, body)
    }
    return { chatId }
  }

  const socket = module('WAWebSocketModel')?.Socket
  socket?.on?.('change:state', (_: unknown, state: string) => tell({ kind: 'socket', state }))
  const commands = module('WAWebCmd')?.Cmd
  for (const name of ['logout', 'logout_from_bridge']) commands?.on?.(name, () => tell({ kind: 'logout' }))

  window.zaptria = {
    ...window.zaptria,
    bridge: { listen, listened, status, me, probe, refreshQr, ownId, otherName, find, lookup, chatsSince, messagesSince, typing, send },
  }
  if (typeof socket?.state === 'string') tell({ kind: 'socket', state: socket.state })
}
