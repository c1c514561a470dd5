import { WebSocket } from 'ws'
import { withDeadline } from '../deadline.ts'
import { EngineError } from '../error.ts'
import { Down } from './frames.ts'

type Handlers = { hello: () => object; frame: (frame: Exclude<Down, { type: 'result' | 'failure' }>) => void; lost: () => void }
const ASK_MS = 10_000

/** The Lab's own answer: no. */
export class RefusedError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'RefusedError'
  }
}

/** The WebSocket to the Lab; comes back by itself until it is stopped. */
export class Connection {
  readonly #url: string
  readonly #handlers: Handlers
  readonly #asked = new Map<number, PromiseWithResolvers<unknown>>()
  #socket: WebSocket | null = null
  #next = 1
  #attempt = 0
  #retry: NodeJS.Timeout | undefined
  #stopped = false

  constructor(url: string, handlers: Handlers) {
    this.#url = url
    this.#handlers = handlers
  }

  /** Resolves with the first connection. */
  open(): Promise<void> {
    const opened = Promise.withResolvers<void>()
    const socket = new WebSocket(this.#url)
    this.#socket = socket
    socket.on('open', () => {
      this.#attempt = 0
      socket.send(JSON.stringify(this.#handlers.hello()))
      opened.resolve()
    })
    socket.on('message', (data: Buffer) => this.#receive(data.toString()))
    socket.on('error', (error) =>
      opened.reject(new EngineError('page_unreachable', `the Lab does not answer: ${error.message}`, { cause: error })),
    )
    socket.on('close', () => {
      for (const question of this.#asked.values()) question.reject(new Error('the connection was lost'))
      this.#asked.clear()
      if (this.#stopped) return
      this.#handlers.lost()
      this.#retry = setTimeout(() => void this.open().catch(() => {}), Math.min(5_000, 100 * 2 ** this.#attempt++))
    })
    return opened.promise
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#retry)
    this.#socket?.terminate()
  }

  send(frame: object): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false
    this.#socket.send(JSON.stringify(frame))
    return true
  }

  async ask(frame: object): Promise<unknown> {
    const request = this.#next++
    const answer = Promise.withResolvers<unknown>()
    this.#asked.set(request, answer)
    try {
      if (!this.send({ ...frame, request })) throw new EngineError('network_lost', 'not connected')
      return await withDeadline(answer.promise, ASK_MS, 'asking the Lab')
    } finally {
      this.#asked.delete(request)
    }
  }

  #receive(text: string): void {
    const parsed = Down.safeParse(JSON.parse(text))
    // Types and fields that are not known are to be ignored.
    if (!parsed.success) return
    const frame = parsed.data
    if (frame.type === 'result') this.#asked.get(frame.request)?.resolve(frame.value)
    else if (frame.type === 'failure') this.#asked.get(frame.request)?.reject(new RefusedError(frame.error))
    else this.#handlers.frame(frame)
  }
}
