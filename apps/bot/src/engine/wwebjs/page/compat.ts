/**
 * Runs inside WhatsApp's page, as text: it may use nothing but its arguments.
 *
 * Since July 2026 the page's build renames `_serialized` (to `$1`, for now). So ids are found by their value: a message key reads
 * `true|false_<jid>_<id>[_<participant>]`, a person or chat `<user>@<server>`, under whatever name. Senders choose ids, with whatever in them. For whatsapp-web.js, which reads
 * `_serialized`, the classes get an accessor of that name.
 */
/** `id` as we name it. */
export type Key = { fromMe: boolean; chat: string; id: string; participant: string | null }
export type IdsFound = 'named' | 'by_value' | 'not_found'
export type Compat = {
  /** `<user>@<server>`, without a device part; null when there is none in it. */
  wid: (value: unknown) => string | null
  key: (value: unknown) => Key | null
  waIdOf: (id: string) => string
  /** A module of the page, or null when it has none of that name. */
  module: (name: string) => PageModule
  /** Gives the page's id classes their `_serialized` back. */
  patch: () => void
  /** How the page's ids can be read. */
  ids: () => IdsFound
}
// oxlint-disable-next-line typescript/no-explicit-any -- another program's objects, seen only here
export type PageModule = any
export type CompatWindow = { require?: (name: string) => PageModule; zaptria?: { compat?: Compat } }

export const installCompat = (window: CompatWindow, waIdOf: (id: string) => string): void => {
  const WID = /^([0-9A-Za-z.-]+)(?::\d+)?@([a-z.]+)$/
  const KEY = /^(true|false)_([^_\s@]+@[a-z.]+)_([^]+)$/
  /** What follows the id: in a group who wrote, in the chat with oneself the direction. */
  const AFTER_ID = /_(?:([0-9A-Za-z.-]+(?::\d+)?@[a-z.]+)|in|out)$/

  const byValue = (value: object, pattern: RegExp): string | null => {
    const own = value as Record<string, unknown>
    if (Object.hasOwn(own, '_serialized') && typeof own._serialized === 'string' && pattern.test(own._serialized)) return own._serialized
    for (const name of Object.keys(own)) {
      const held = own[name]
      // An id may look like a whole key.
      if (name !== 'id' && typeof held === 'string' && pattern.test(held)) return held
    }
    return null
  }
  const printed = (value: object, pattern: RegExp): string | null => {
    try {
      // oxlint-disable-next-line typescript/no-base-to-string -- WhatsApp's classes print their id
      const text = String(value)
      return pattern.test(text) ? text : null
    } catch {
      return null
    }
  }
  const built = (value: object): string | null => {
    const { user, server } = value as { user?: unknown; server?: unknown }
    return typeof user === 'string' && typeof server === 'string' && server !== '' ? `${user}@${server}` : null
  }

  const serializedWid = (value: unknown): string | null => {
    if (typeof value === 'string') return WID.test(value) ? value : null
    if (typeof value !== 'object' || value === null) return null
    return byValue(value, WID) ?? printed(value, WID) ?? built(value)
  }
  const wid = (value: unknown): string | null => {
    const match = WID.exec(serializedWid(value) ?? '')
    return match ? `${match[1]}@${match[2] === 's.whatsapp.net' ? 'c.us' : match[2]}` : null
  }

  const serializedKey = (value: unknown): string | null => {
    if (typeof value === 'string') return KEY.test(value) ? value : null
    if (typeof value !== 'object' || value === null) return null
    const found = byValue(value, KEY) ?? printed(value, KEY)
    if (found !== null) return found
    const { fromMe, remote, id, participant } = value as { fromMe?: unknown; remote?: unknown; id?: unknown; participant?: unknown }
    const chat = serializedWid(remote)
    if (typeof fromMe !== 'boolean' || chat === null || typeof id !== 'string') return null
    const author = serializedWid(participant)
    return `${fromMe}_${chat}_${id}${author === null ? '' : `_${author}`}`
  }
  const key = (value: unknown): Key | null => {
    const match = KEY.exec(serializedKey(value) ?? '')
    const chat = wid(match?.[2])
    if (!match || chat === null) return null
    const [, fromMe, , rest = ''] = match
    // An id may look as if something followed it: where the key has the id by itself, it is that.
    const own = (value as { id?: unknown }).id
    const known = typeof own === 'string' && own !== '' && (rest === own || rest.startsWith(`${own}_`)) ? own : null
    const id = known ?? rest.replace(AFTER_ID, '')
    const participant = wid(rest.slice(id.length + 1)) ?? wid((value as { participant?: unknown }).participant)
    return { fromMe: fromMe === 'true', chat, id: waIdOf(id), participant }
  }

  const module = (name: string): PageModule => {
    try {
      return window.require?.(name) ?? null
    } catch {
      return null
    }
  }

  const giveAccessor = (prototype: object | null | undefined, read: (value: object) => string | null) => {
    if (!prototype || prototype === Object.prototype || Object.hasOwn(prototype, '_serialized') || !Object.isExtensible(prototype)) return
    // `byValue` skips what is inherited, so this cannot call itself but through a `toString` that reads it: then it answers null once.
    let reading = false
    Object.defineProperty(prototype, '_serialized', {
      configurable: true,
      enumerable: false,
      get(this: object) {
        if (reading) return undefined
        reading = true
        try {
          return read(this) ?? undefined
        } finally {
          reading = false
        }
      },
      set(this: object, value: unknown) {
        Object.defineProperty(this, '_serialized', { value, writable: true, enumerable: true, configurable: true })
      },
    })
  }
  const samples = (): object[] => {
    const factory = module('WAWebWidFactory')
    return ['0@c.us', '0@lid', '0@g.us'].flatMap((id) => {
      try {
        const made = factory?.createWid(id)
        return made && typeof made === 'object' ? [made] : []
      } catch {
        return []
      }
    })
  }
  const patch = () => {
    for (const sample of samples()) giveAccessor(Object.getPrototypeOf(sample), serializedWid)
    giveAccessor(module('WAWebMsgKey')?.prototype, serializedKey)
  }
  const ids = (): IdsFound => {
    const [sample] = samples()
    if (!sample) return 'not_found'
    if (Object.hasOwn(sample, '_serialized')) return 'named'
    return byValue(sample, WID) === null ? 'not_found' : 'by_value'
  }

  window.zaptria = { ...window.zaptria, compat: { wid, key, waIdOf, module, patch, ids } }
}
