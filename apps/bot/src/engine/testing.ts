import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  ChangeRequest,
  Engine,
  EngineChange,
  EngineEvent,
  EngineFactory,
  EngineMessage,
  EngineOptions,
  MessageRef,
  SendRequest,
} from './port.ts'

// Test helpers of this folder; nothing of the product imports them.

type EventOf<Kind extends EngineEvent['kind']> = Extract<EngineEvent, { kind: Kind }>

/** An engine and all that it has said, to wait for and to look back at. */
export class Watched {
  readonly engine: Engine
  readonly events: EngineEvent[] = []
  readonly logs: string[] = []
  readonly #waiting = new Set<() => void>()
  /** Called inside the engine's own event. */
  onEvent: (event: EngineEvent) => void = () => {}

  constructor(factory: EngineFactory, options: Pick<EngineOptions, 'profileDir' | 'scratchDir'> & { pairWithPhone?: string }) {
    const log = (fields: object, message: string) => void this.logs.push(`${message} ${JSON.stringify(fields)}`)
    this.engine = factory({
      ...options,
      log: { debug: log, info: log, warn: log, error: log },
      emit: (event) => {
        this.events.push(event)
        this.onEvent(event)
        this.#waiting.forEach((look) => look())
      },
    })
  }

  of<Kind extends EngineEvent['kind']>(kind: Kind): EventOf<Kind>[] {
    return this.events.filter((event): event is EventOf<Kind> => event.kind === kind)
  }

  /** Runs of the same state count once. */
  states(): string[] {
    return this.of('state')
      .map((event) => event.state)
      .filter((state, index, all) => state !== all[index - 1])
  }

  messages(): EngineMessage[] {
    return this.of('message').map((event) => event.message)
  }

  /** The first such event, past or to come; from `after` on, where given. */
  wait<Kind extends EngineEvent['kind']>(
    kind: Kind,
    fits: (event: EventOf<Kind>) => boolean = () => true,
    { after = 0, ms = 20_000 }: { after?: number; ms?: number } = {},
  ): Promise<EventOf<Kind>> {
    const find = () => this.events.slice(after).find((event): event is EventOf<Kind> => event.kind === kind && fits(event as EventOf<Kind>))
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find()
        if (!found) return
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve(found)
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(look)
        const said = this.events.map((event) => JSON.stringify(event).slice(0, 160)).join('\n  ')
        reject(
          new Error(
            `no such ${kind} within ${ms} ms (${fits.toString()}); the engine said:\n  ${said}\n  ${this.logs.slice(-10).join('\n  ')}`,
          ),
        )
      }, ms)
      this.#waiting.add(look)
      look()
    })
  }

  waitState(state: string, options: { after?: number; ms?: number } = {}): Promise<EventOf<'state'>> {
    return this.wait('state', (event) => event.state === state, options)
  }

  waitMessage(body: string): Promise<EventOf<'message'>> {
    return this.wait('message', (event) => event.message.body === body)
  }

  async qr(): Promise<string> {
    const { qr } = await this.wait('qr', (event) => event.qr !== null)
    return qr ?? ''
  }

  open(): Promise<void> {
    return this.engine.open(AbortSignal.timeout(30_000))
  }

  send(request: Partial<SendRequest> & { chatId: string; text: string }) {
    return this.engine.send({ waId: newKey(), aliasChatId: null, typingMs: 0, ...request }, AbortSignal.timeout(20_000))
  }

  change(request: ChangeRequest) {
    return this.engine.change(request, AbortSignal.timeout(20_000))
  }

  changes(): EngineChange[] {
    return this.of('change').map((event) => event.change)
  }

  async download(message: MessageRef): Promise<Uint8Array[]> {
    const pieces: Uint8Array[] = []
    const { waId, chatId, fromMe, sender } = message
    for await (const piece of this.engine.downloadMedia({ waId, chatId, fromMe, sender }, AbortSignal.timeout(20_000))) pieces.push(piece)
    return pieces
  }

  stage(file: { mimetype: string; filename: string }, bytes: Buffer) {
    const pieces = (async function* () {
      for (let at = 0; at < bytes.length; at += 64 * 1024) yield await Promise.resolve(bytes.subarray(at, at + 64 * 1024))
    })()
    return this.engine.stageMedia(file, pieces, AbortSignal.timeout(20_000))
  }

  async caughtUp(watermarks: ReadonlyMap<string, number> = new Map(), floor = 0): Promise<EngineMessage[]> {
    const found: EngineMessage[] = []
    for await (const message of this.engine.catchUp(watermarks, floor, AbortSignal.timeout(20_000))) found.push(message)
    return found
  }
}

let keys = 0
/** As the control plane makes them. */
export const newKey = (): string =>
  `3EB0${process.hrtime.bigint().toString(16).toUpperCase().padStart(16, '0').slice(-16)}${(keys++ % 256).toString(16).toUpperCase().padStart(2, '0')}`

/** A volume for the time of a function. Engines started on it are closed first. */
export const withVolume = async (
  body: (start: (factory: EngineFactory, options?: { pairWithPhone?: string }) => Watched, volume: string) => Promise<void>,
): Promise<void> => {
  const volume = await mkdtemp(join(tmpdir(), 'zaptria-engine-'))
  const started: Watched[] = []
  try {
    await body((factory, options = {}) => {
      const watched = new Watched(factory, { profileDir: join(volume, 'session'), scratchDir: join(volume, 'scratch'), ...options })
      started.push(watched)
      return watched
    }, volume)
  } finally {
    await Promise.all(started.map((one) => one.engine.close()))
    await rm(volume, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}
