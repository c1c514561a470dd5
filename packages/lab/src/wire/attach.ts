import type { RawData, WebSocket } from 'ws'
import type { Device } from '../domain/types.ts'
import type { Gateway } from './gateway.ts'

/** A WebSocket becomes a session; a frame that nobody understands ends it. */
export const attach = (gateway: Gateway, socket: WebSocket, protocol: Device['protocol']): void => {
  const session = gateway.connect({ send: (text) => socket.send(text), close: () => socket.close() }, protocol)
  socket.on('message', (data) => {
    try {
      session.receive(asText(data))
    } catch (error) {
      gateway.report('error', error instanceof Error ? error.message : String(error))
      socket.close(1008, 'not understood')
    }
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => gateway.disconnected(session))
}

const asText = (data: RawData): string => (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)).toString('utf8')
