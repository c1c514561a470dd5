import { randomBytes, randomUUID } from 'node:crypto'
import type { DownFrame, MessageEvent, UpFrame } from '@zaptria/contract'
import { LINK_PATH, LINK_PROTOCOL, VolumeId } from '@zaptria/contract'
import { WebSocket } from 'ws'

/** As the real bot's uplink: so many events in a frame, so many on their way without an acknowledgement. */
const BATCH = 200
const WINDOW = 1_000

/** A message that waits or flies, and when it came (`performance.now()`). */
type Offered = { seq: number; at: number; body: MessageEvent }

/** One bot's end of the link without a session behind it: what the control plane takes is measured, not what a browser gives. */
export type LinkedBot = {
  /** A contact writes, now or at the `at` of a clock that should not wait for us. */
  offer(chat: string, body: string, at?: number): void
  /** Offered and not acknowledged. Throws when the link is gone. */
  readonly open: number
  /** Milliseconds from each message's `at` to its acknowledgement, since the last call. */
  takeTimes(): number[]
  close(): void
}

export async function linkBot(url: string, tenant: string, token: string): Promise<LinkedBot> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${LINK_PATH}`, {
    headers: { authorization: `Bearer ${token}`, 'x-tenant-id': tenant },
    perMessageDeflate: false,
  })
  const welcome = Promise.withResolvers<void>()
  const waiting: Offered[] = []
  const flying: Offered[] = []
  let times: number[] = []
  let seq = 0
  let lost: Error | undefined
  let pumping: NodeJS.Immediate | undefined
  const send = (frame: UpFrame): void => socket.send(JSON.stringify(frame))

  const pump = (): void => {
    pumping = undefined
    while (waiting.length > 0 && flying.length < WINDOW) {
      const batch = waiting.splice(0, BATCH)
      flying.push(...batch)
      const at = new Date().toISOString()
      send({ type: 'events', events: batch.map((one) => ({ event_id: randomUUID(), seq: one.seq, epoch: 0, at, body: one.body })) })
    }
  }
  const acknowledged = (upTo: number): void => {
    const now = performance.now()
    let count = 0
    while (count < flying.length && flying[count]!.seq <= upTo) count += 1
    for (const one of flying.splice(0, count)) times.push(now - one.at)
    pump()
  }

  socket.on('open', () =>
    send({
      type: 'hello',
      protocol: LINK_PROTOCOL,
      bot_version: '0.0.0',
      engine: 'simulated',
      volume_id: VolumeId.parse(randomUUID()),
      boot_id: randomUUID(),
      epoch: 0,
      session_open: false,
      state: 'starting',
      reason: 'boot',
    }),
  )
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString('utf8')) as DownFrame
    if (frame.type === 'welcome') welcome.resolve()
    else if (frame.type === 'events_ack') acknowledged(frame.seq)
  })
  const ended = (error: Error): void => {
    lost ??= error
    welcome.reject(error)
  }
  socket.on('error', ended)
  socket.on('close', (code: number, reason: Buffer) => ended(new Error(`the link was closed: ${code} ${reason.toString()}`)))
  await welcome.promise

  return {
    offer(chat, body, at = performance.now()) {
      waiting.push({ seq: ++seq, at, body: messageIn(chat, body) })
      // As the real bot's outbox: what comes within one turn of the event loop leaves together.
      pumping ??= setImmediate(pump)
    },
    get open() {
      if (lost !== undefined) throw lost
      return waiting.length + flying.length
    },
    takeTimes() {
      const taken = times
      times = []
      return taken
    },
    close: () => socket.close(),
  }
}

const messageIn = (chat: string, body: string): MessageEvent => ({
  kind: 'message',
  wa_id: `3A${randomBytes(9).toString('hex').toUpperCase()}`,
  chat_id: chat,
  from_me: false,
  sender: chat,
  phone: chat,
  lid: null,
  body,
  timestamp: Math.floor(Date.now() / 1000),
  type: 'chat',
  push_name: 'Ana Maria',
})
