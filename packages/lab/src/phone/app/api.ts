import type { ChatState, Contact, Message } from '../../domain/types.ts'

export type DeviceView = { id: string; name: string; linkedAt: number; linkedBy: 'qr' | 'code'; connected: boolean }
export type ChatView = { chat: string; name: string; contact: string | null; unread: number; last: Message | null }
export type AccountView = {
  number: string
  name: string
  passkey: boolean
  banned: boolean
  phoneOnline: boolean
  devices: DeviceView[]
  chats: ChatView[]
}
export type LabState = {
  accounts: AccountView[]
  contacts: Contact[]
  waiting: { qrs: { ref: string; qr: string; name: string }[]; codes: { code: string; phone: string; name: string }[]; passkeys: string[] }
  chatStates: Record<string, { state: ChatState; at: number }>
}

/** An act of the scenario, by name. */
export const act = async <T = unknown>(name: string, input: object = {}): Promise<T> => {
  const answer = await fetch(`/api/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  })
  const body = (await answer.json()) as { value: T; error?: string }
  if (!answer.ok) throw new Error(body.error ?? `the Lab answered ${answer.status}`)
  return body.value
}

/** Calls back at once and at every change, but never twice at the same time. */
export const follow = (refresh: () => Promise<void>): void => {
  let running = false
  let again = false
  const run = async (): Promise<void> => {
    again = true
    if (running) return
    running = true
    while (again) {
      again = false
      await refresh().catch((error: unknown) => console.warn('the Lab does not answer', error))
    }
    running = false
  }
  const events = new EventSource('/api/events')
  events.addEventListener('open', () => void run())
  events.addEventListener('message', () => void run())
}
