import { randomUUID } from 'node:crypto'
import { createServer, request as forward, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  DEFAULT_PACING,
  UpFrame,
  type BeatFrame,
  type BotCommand,
  type BotEvent,
  type BotEventBody,
  type DownFrame,
  type MediaLimits,
  type SnapshotOffer,
} from '@zaptria/contract'
import { WebSocketServer, type WebSocket } from 'ws'

type Reply = Extract<UpFrame, { type: 'command_reply' }>
type Hello = Extract<UpFrame, { type: 'hello' }>
export type EventOf<Kind extends BotEventBody['kind']> = BotEvent & { body: Extract<BotEventBody, { kind: Kind }> }

/** A control plane's end of the link, in as much as a bot can tell: contract frames on a real socket, and switches for what it does with them. */
export const startLinkServer = async (
  options: { port?: number; /** Where requests for files go. */ files?: number; media?: MediaLimits } = {},
) => {
  const http = createServer((request, response) => {
    if (options.files === undefined || request.url?.startsWith('/api/bots/media') !== true) {
      response.writeHead(request.url?.startsWith('/api/bots/snapshots') === true ? state.snapshots : 404).end()
      return
    }
    const { method, headers, url: path } = request
    const onward = forward({ port: options.files, host: '127.0.0.1', method, headers, path }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    request.pipe(onward)
  })
  const wss = new WebSocketServer({ noServer: true })
  const state = {
    /** Answers the upgrade with this HTTP status instead. */
    refuse: null as { status: number; headers?: string } | null,
    grants: true,
    /** The session that a volume without one is given. */
    restore: null as SnapshotOffer | null,
    /** What it says when that is asked for. */
    snapshots: 404,
    deny: null as 'held_elsewhere' | 'admission' | 'not_wanted' | null,
    denyForMs: 100,
    epoch: 1,
    ttlMs: 45_000,
    acks: true,
    /** Closes with bad_frame when an event looks like this. */
    cannotRead: null as ((event: BotEvent) => boolean) | null,
    welcomes: true,
    ackedSeq: null as number | null,
    watermarks: undefined as Record<string, number> | undefined,
    headers: [] as IncomingHttpHeaders[],
    hellos: [] as Hello[],
    beats: [] as BeatFrame[],
    grantRequests: 0,
    frames: [] as UpFrame['type'][],
    /** In order of arrival; one event once, however often it came. */
    events: [] as BotEvent[],
    repeats: 0,
    faults: [] as string[],
  }
  const stored = new Map<string, number>()
  const replies = new Map<string, (reply: Reply) => void>()
  let socket: WebSocket | null = null

  const send = (frame: DownFrame, to = socket): void => to?.send(JSON.stringify(frame))
  const volumes = new WeakMap<WebSocket, string>()

  const receive = (from: WebSocket, text: string): void => {
    const parsed = UpFrame.safeParse(JSON.parse(text))
    if (!parsed.success) {
      state.faults.push(parsed.error.message)
      return
    }
    const frame = parsed.data
    state.frames.push(frame.type)
    switch (frame.type) {
      case 'hello':
        state.hellos.push(frame)
        volumes.set(from, frame.volume_id)
        if (!state.welcomes) return
        return send(
          {
            type: 'welcome',
            protocol: 1,
            acked_seq: state.ackedSeq ?? stored.get(frame.volume_id) ?? 0,
            pacing: { ...DEFAULT_PACING, enabled: false },
            ...(options.media === undefined ? {} : { media: options.media }),
            ...(state.watermarks === undefined ? {} : { watermarks: state.watermarks }),
          },
          from,
        )
      case 'grant_request':
        state.grantRequests += 1
        if (state.deny !== null) return send({ type: 'grant_denied', reason: state.deny, retry_after_ms: state.denyForMs }, from)
        if (state.grants) {
          const restore = frame.session !== 'none' || state.restore === null ? {} : { restore: state.restore }
          const { volume_id, asked_ms } = frame
          send({ type: 'grant', epoch: state.epoch, volume_id, ttl_ms: state.ttlMs, asked_ms, ...restore }, from)
        }
        return
      case 'events': {
        if (state.cannotRead !== null && (frame.events as BotEvent[]).some(state.cannotRead)) return from.close(4400, 'bad frame')
        for (const event of frame.events as BotEvent[]) {
          if (state.events.some((each) => each.event_id === event.event_id)) state.repeats += 1
          else state.events.push(event)
        }
        const last = frame.events.at(-1)?.seq ?? 0
        if (!state.acks) return
        stored.set(volumes.get(from) ?? '', last)
        return send({ type: 'events_ack', seq: last }, from)
      }
      case 'beat':
        return void state.beats.push(frame)
      case 'command_reply':
        return replies.get(frame.id)?.(frame)
      default:
        return frame satisfies never
    }
  }

  http.on('upgrade', (request, stream, head) => {
    state.headers.push(request.headers)
    if (state.refuse !== null) {
      stream.end(`HTTP/1.1 ${state.refuse.status} No\r\n${state.refuse.headers ?? ''}Content-Length: 0\r\nConnection: close\r\n\r\n`)
      return
    }
    wss.handleUpgrade(request, stream, head, (accepted) => {
      socket = accepted
      accepted.on('message', (data) => receive(accepted, (data as Buffer).toString('utf8')))
      accepted.on('close', () => {
        if (socket === accepted) socket = null
      })
      accepted.on('error', () => {})
    })
  })
  await new Promise<void>((resolve) => http.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo

  return {
    state,
    port,
    url: `ws://127.0.0.1:${port}/api/bots/link`,
    up: (): boolean => socket !== null,
    of: <Kind extends BotEventBody['kind']>(kind: Kind): EventOf<Kind>[] =>
      state.events.filter((event): event is EventOf<Kind> => event.body.kind === kind),
    /** `state/reason` of each state event. */
    states: (): string[] => state.events.flatMap(({ body }) => (body.kind === 'state' ? [`${body.state}/${body.reason}`] : [])),
    messages: (): string[] => state.events.flatMap(({ body }) => (body.kind === 'message' ? [body.body] : [])),
    results: (messageId: string): string[] =>
      state.events.flatMap(({ body }) => (body.kind === 'send_result' && body.message_id === messageId ? [body.outcome] : [])),
    send,
    raw: (text: string): void => socket?.send(text),
    grant: (volumeId: string, epoch = state.epoch): void =>
      send({ type: 'grant', epoch, volume_id: volumeId as Hello['volume_id'], ttl_ms: state.ttlMs }),
    command(command: BotCommand, id: string = randomUUID()): Promise<Reply> {
      const { promise, resolve } = Promise.withResolvers<Reply>()
      replies.set(id, resolve)
      send({ type: 'command', id, command })
      return promise
    },
    /** Ends the link with a close code. */
    close: (code: number, reason = ''): void => socket?.close(code, reason),
    /** Cuts the wire. */
    cut: (): void => socket?.terminate(),
    /** Takes packets and answers nothing any more. */
    freeze: (): void => socket?.pause(),
    async stop(): Promise<void> {
      for (const client of wss.clients) client.terminate()
      wss.close()
      http.closeAllConnections()
      await new Promise<void>((resolve) => http.close(() => resolve()))
    },
  }
}
export type LinkServer = Awaited<ReturnType<typeof startLinkServer>>
