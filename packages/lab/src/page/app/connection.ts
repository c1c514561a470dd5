import type { Down, Up } from '../../wire/frames.ts'

type Hello = Extract<Up, { type: 'hello' }>
type Handlers = { hello(): Hello; frame(frame: Down): void; opening(): void; lost(): void }
// Distributes over the union, which `Omit` alone does not.
type Question = Up extends infer F ? (F extends { request: number } ? Omit<F, 'request'> : never) : never

/** The WebSocket to the Lab; comes back by itself, a little later each time. */
export class Connection {
  readonly #handlers: Handlers
  #socket: WebSocket | null = null
  #attempt = 0
  #stopped = false
  #requests = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  #next = 1

  constructor(handlers: Handlers) {
    this.#handlers = handlers
  }

  open(): void {
    this.#handlers.opening()
    const socket = new WebSocket(`wss://${location.host}/ws/chat`)
    this.#socket = socket
    socket.addEventListener('open', () => {
      this.#attempt = 0
      socket.send(JSON.stringify(this.#handlers.hello()))
    })
    socket.addEventListener('message', (event) => this.#receive(JSON.parse(String(event.data)) as Down))
    socket.addEventListener('close', () => {
      if (this.#socket !== socket) return
      this.#socket = null
      for (const waiting of this.#requests.values()) waiting.reject(new Error('connection lost'))
      this.#requests.clear()
      if (this.#stopped) return
      this.#handlers.lost()
      const wait = Math.min(5000, 200 * 2 ** this.#attempt++)
      setTimeout(() => this.open(), wait)
    })
  }

  /** Closes, and opens a new one at once. */
  reopen(): void {
    const old = this.#socket
    this.#socket = null
    old?.close()
    this.open()
  }

  stop(): void {
    this.#stopped = true
    this.#socket?.close()
  }

  /** Says whether it could be handed over; nothing waits here. */
  send(frame: Up): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false
    this.#socket.send(JSON.stringify(frame))
    return true
  }

  ask<T>(frame: Question): Promise<T> {
    const request = this.#next++
    return new Promise<T>((resolve, reject) => {
      this.#requests.set(request, { resolve: (value) => resolve(value as T), reject })
      if (!this.send({ ...frame, request })) {
        this.#requests.delete(request)
        reject(new Error('not connected'))
      }
    })
  }

  #receive(frame: Down): void {
    if (frame.type === 'result' || frame.type === 'failure') {
      const waiting = this.#requests.get(frame.request)
      this.#requests.delete(frame.request)
      if (frame.type === 'result') waiting?.resolve(frame.value)
      else waiting?.reject(new Error(frame.error))
      return
    }
    this.#handlers.frame(frame)
  }
}
