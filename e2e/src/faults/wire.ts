import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** A stretch of network between two parts of the system, which can be hurt. */
export type Wire = {
  readonly port: number
  /** Every connection breaks, and no new one comes about until `mend`. */
  cut(): void
  /** Nothing comes through any more in either direction, though every connection stands, until `mend`. */
  stall(): void
  /** What is asked still arrives; its answers are lost, and with them the connections. */
  loseAnswers(): void
  /** Only to requests for bots' files: their answers are lost, they break off in the middle, or are refused with a 503. */
  hurtFiles(how: FilesHurt): void
  /** The next request that begins so stops, with all on its connection, once so many bytes of it and its answer have come through: until `mend`. Resolves when it has. */
  hold(request: RegExp, bytes: number): Promise<void>
  mend(): void
  close(): Promise<void>
}

export type FilesHurt = 'deaf' | 'broken' | 'refused'

type Mode = 'whole' | 'cut' | 'stalled' | 'deaf'

/** Every request on a connection begins a piece of what comes, because none waits behind another. */
const FILES = /^(?:PUT|GET) \/api\/bots\/media[?/]/
/** A method and a path are no longer. */
const HEAD = 256
/** So much of a file goes through before it breaks off: some end before, most are larger. */
const BREAKS_AFTER = 20_000
const REFUSAL = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'

export async function openWire(target: () => { host: string; port: number }, host = '127.0.0.1'): Promise<Wire> {
  let mode: Mode = 'whole'
  let filesHurt: FilesHurt | null = null
  let next: { request: RegExp; bytes: number; holds: () => void } | null = null
  const pairs = new Set<{ near: Socket; far: Socket }>()

  const server = createServer((near) => {
    if (mode === 'cut') {
      near.destroy()
      return
    }
    const far = connect(target())
    const pair = { near, far }
    pairs.add(pair)
    const end = (): void => {
      near.destroy()
      far.destroy()
      pairs.delete(pair)
    }
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      socket.on('error', end)
      socket.on('close', end)
    }
    /** What is done to the request under way; null: nothing. */
    let hurt: FilesHurt | null = null
    let passed = 0
    /** Of the connection that is to stop. */
    let holding: { left: number; holds: () => void } | null = null
    const count = (bytes: number): void => {
      if (holding === null || (holding.left -= bytes) > 0) return
      for (const socket of [near, far]) socket.pause()
      holding.holds()
      holding = null
    }
    const breaks = (chunk: Buffer): boolean => hurt === 'broken' && (passed += chunk.length) > BREAKS_AFTER
    near.on('data', (chunk: Buffer) => {
      if (next?.request.test(chunk.subarray(0, HEAD).toString('latin1')) === true) {
        holding = { left: next.bytes, holds: next.holds }
        next = null
      }
      if (FILES.test(chunk.subarray(0, 64).toString('latin1'))) [hurt, passed] = [filesHurt, 0]
      if (hurt === 'refused') {
        if (!near.writableEnded) near.end(REFUSAL)
      } else if (breaks(chunk)) end()
      else {
        far.write(chunk)
        count(chunk.length)
      }
    })
    far.on('data', (chunk: Buffer) => {
      if (mode === 'deaf' || hurt === 'deaf' || breaks(chunk)) end()
      else {
        near.write(chunk)
        count(chunk.length)
      }
    })
    if (mode === 'stalled') for (const socket of [near, far]) socket.pause()
  })
  server.listen(0, host)
  await once(server, 'listening')

  const breakAll = (): void => {
    for (const { near, far } of pairs) {
      near.destroy()
      far.destroy()
    }
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      mode = 'cut'
      breakAll()
    },
    stall() {
      mode = 'stalled'
      for (const { near, far } of pairs) for (const socket of [near, far]) socket.pause()
    },
    loseAnswers() {
      mode = 'deaf'
    },
    hurtFiles(how) {
      filesHurt = how
    },
    hold(request, bytes) {
      const { promise, resolve } = Promise.withResolvers<void>()
      next = { request, bytes, holds: resolve }
      return promise
    },
    mend() {
      next = null
      mode = 'whole'
      filesHurt = null
      for (const { near, far } of pairs) for (const socket of [near, far]) socket.resume()
    },
    async close() {
      breakAll()
      server.close()
      await once(server, 'close')
    },
  }
}
