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
  mend(): void
  close(): Promise<void>
}

type Mode = 'whole' | 'cut' | 'stalled' | 'deaf'

export async function openWire(target: () => { host: string; port: number }): Promise<Wire> {
  let mode: Mode = 'whole'
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
    near.on('data', (chunk: Buffer) => void far.write(chunk))
    far.on('data', (chunk: Buffer) => {
      if (mode === 'deaf') end()
      else near.write(chunk)
    })
    if (mode === 'stalled') for (const socket of [near, far]) socket.pause()
  })
  server.listen(0, '127.0.0.1')
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
    mend() {
      mode = 'whole'
      for (const { near, far } of pairs) for (const socket of [near, far]) socket.resume()
    },
    async close() {
      breakAll()
      server.close()
      await once(server, 'close')
    },
  }
}
