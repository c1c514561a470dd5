import { z } from 'zod'
import { LabError } from '../domain/problem.ts'
import type { Account, ChatState, Message } from '../domain/types.ts'
import type { Gateway } from '../wire/gateway.ts'
import { action, digits } from './action.ts'

const timeoutMs = z.int().min(1).max(120_000).default(10_000)

/** Looks again at every change, until there is something or the time is up; then says what there was instead. */
const until = <T>(gateway: Gateway, ms: number, signal: AbortSignal, look: () => T | null, seen: () => string): Promise<T> => {
  const found = look()
  if (found !== null) return Promise.resolve(found)
  return new Promise<T>((resolve, reject) => {
    const end = (settle: () => void): void => {
      stop()
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      settle()
    }
    const abort = (): void => end(() => reject(new LabError('the Lab was closed, or the caller left')))
    const stop = gateway.world.onChange(() => {
      const now = look()
      if (now !== null) end(() => resolve(now))
    })
    const timer = setTimeout(() => end(() => reject(new LabError(`nothing within ${ms} ms: ${seen()}`))), ms)
    signal.addEventListener('abort', abort)
  })
}

const messagesOf = (account: Account, contact?: string, chat?: string): Message[] =>
  account.conversations
    .filter((one) => (contact === undefined || one.contact === contact) && (chat === undefined || one.chat === chat))
    .flatMap((one) => one.messages)
    .toSorted((a, b) => a.seq - b.seq)

const brief = (messages: Message[]): string =>
  messages
    .slice(-5)
    .map((one) => `${one.fromMe ? 'me' : 'them'}(${one.ack}): ${JSON.stringify(one.body.slice(0, 60))}`)
    .join(', ') || 'no messages'

const where = { account: digits, contact: digits.optional(), chat: z.string().optional() }

const accountView = (gateway: Gateway, account: Account) => ({
  number: account.number,
  lid: account.lid,
  name: account.name,
  passkey: account.passkey,
  banned: account.banned,
  phoneOnline: account.phoneOnline,
  devices: account.devices.map((device) => ({ ...device, secret: undefined, connected: gateway.isConnected(device) })),
  chats: account.conversations.map(({ messages, ...chat }) => ({ ...chat, last: messages.at(-1) ?? null, count: messages.length })),
})

/** The name under which a chat state is remembered. */
const latest = new WeakMap<Gateway, Map<string, { state: ChatState; at: number }>>()

export const rememberChatStates = (gateway: Gateway): void => {
  const states = new Map<string, { state: ChatState; at: number }>()
  latest.set(gateway, states)
  gateway.world.onChange((change) => {
    const key = (account: string, chat: string): string => `${account} ${gateway.world.personOf(chat)?.phone ?? chat}`
    if (change.type === 'chatstate' && change.by === 'device')
      states.set(key(change.account, change.chat), { state: change.state, at: gateway.world.now() })
    if (change.type === 'message' && change.message.fromMe) states.delete(key(change.account, change.chat))
  })
}

export const watch = {
  /** Everything at a glance. */
  state: action(z.object({}).prefault({}), (gateway) => ({
    generation: gateway.world.generation,
    accounts: [...gateway.world.accounts.values()].map((one) => accountView(gateway, one)),
    contacts: [...gateway.world.contacts.values()],
    waiting: { qrs: gateway.linking.waitingQrs(), codes: gateway.linking.waitingCodes(), passkeys: gateway.linking.waitingPasskeys() },
    /** By `<account> <phone or group>`: what the bot shows there. */
    chatStates: Object.fromEntries(latest.get(gateway) ?? []),
    faults: gateway.world.faults,
    settings: gateway.world.settings,
    counters: gateway.world.counters,
    reports: gateway.reports,
  })),

  /** Oldest first; of one contact, one chat, or all. */
  messages: action(z.object(where), (gateway, { account, contact, chat }) => messagesOf(gateway.world.account(account), contact, chat)),

  /** A message of the account's, sent by a device or on the phone, whose text contains `body`, later than `after` (a `seq`), with at least this ack. */
  waitForMessage: action(
    z.object({
      ...where,
      body: z.string().optional(),
      id: z.string().optional(),
      after: z.int().default(0),
      ack: z.int().default(0),
      timeoutMs,
    }),
    (gateway, { account: number, contact, chat, body, id, after, ack, timeoutMs: ms }, signal) => {
      const account = gateway.world.account(number)
      const all = (): Message[] => messagesOf(account, contact, chat)
      const fits = (one: Message): boolean =>
        one.fromMe &&
        one.seq > after &&
        one.ack >= ack &&
        (body === undefined || one.body.includes(body)) &&
        (id === undefined || one.id === id)
      return until(
        gateway,
        ms,
        signal,
        () => all().find(fits) ?? null,
        () => `waiting for ${JSON.stringify(body ?? id ?? 'a message')}, there is ${brief(all())}`,
      )
    },
  ),

  /** A message has been given this reaction by the account, this text, or is deleted for everyone. */
  waitForChange: action(
    z.object({
      account: digits,
      id: z.string(),
      emoji: z.string().optional(),
      body: z.string().optional(),
      revoked: z.boolean().optional(),
      timeoutMs,
    }),
    (gateway, { account: number, id, emoji, body, revoked, timeoutMs: ms }, signal) => {
      const find = (): Message | undefined => messagesOf(gateway.world.account(number)).find((one) => one.id === id)
      const own = (message: Message): string => message.reactions?.find((one) => one.fromMe)?.emoji ?? ''
      const look = (): Message | null => {
        const message = find()
        const fits =
          message !== undefined &&
          (emoji === undefined || own(message) === emoji) &&
          (body === undefined || message.body === body) &&
          (revoked === undefined || (message.type === 'revoked') === revoked)
        return fits ? message : null
      }
      return until(gateway, ms, signal, look, () => `waiting for a change of ${id}, it is ${JSON.stringify(find() ?? null)}`)
    },
  ),

  /** What a contact wrote has reached this ack (1 server, 2 delivered, 3 read by the account). */
  waitForAck: action(
    z.object({ account: digits, id: z.string(), ack: z.int(), timeoutMs }),
    (gateway, { account: number, id, ack, timeoutMs: ms }, signal) => {
      const find = (): Message | undefined => messagesOf(gateway.world.account(number)).find((one) => one.id === id)
      const look = (): Message | null => {
        const message = find()
        return message && message.ack >= ack ? message : null
      }
      return until(gateway, ms, signal, look, () => `waiting for ack ${ack} of ${id}, it has ${find()?.ack ?? 'not come'}`)
    },
  ),

  /** A QR on some screen; `not`: another one than this. */
  waitForQr: action(z.object({ not: z.string().optional(), timeoutMs }).prefault({}), (gateway, { not, timeoutMs: ms }, signal) =>
    until(
      gateway,
      ms,
      signal,
      () => gateway.linking.waitingQrs().find((one) => one.qr !== not)?.qr ?? null,
      () => 'no device shows a QR',
    ),
  ),

  waitForCode: action(z.object({ account: digits, timeoutMs }), (gateway, { account, timeoutMs: ms }, signal) =>
    until(
      gateway,
      ms,
      signal,
      () => gateway.linking.waitingCodes().find((one) => one.phone === account)?.code ?? null,
      () => `no device waits with a code for ${account}`,
    ),
  ),

  /** A linked device of the account is connected (or none is). */
  waitForDevice: action(
    z.object({ account: digits, connected: z.boolean().default(true), timeoutMs }),
    (gateway, { account: number, connected, timeoutMs: ms }, signal) => {
      const account = gateway.world.account(number)
      const look = (): { connected: boolean } | null =>
        account.devices.some((one) => gateway.isConnected(one)) === connected ? { connected } : null
      return until(gateway, ms, signal, look, () => `${number} has ${account.devices.length} linked device(s), connected: ${!connected}`)
    },
  ),

  waitForChatState: action(
    z.object({ account: digits, contact: digits, state: z.enum(['typing', 'recording', 'paused']), timeoutMs }),
    (gateway, { account, contact, state, timeoutMs: ms }, signal) => {
      const now = (): ChatState | null => latest.get(gateway)?.get(`${account} ${contact}`)?.state ?? null
      return until(
        gateway,
        ms,
        signal,
        () => (now() === state ? { state } : null),
        () => `the state shown to ${contact} is ${now() ?? 'none'}`,
      )
    },
  ),
}
