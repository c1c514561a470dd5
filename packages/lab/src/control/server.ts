import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { WebSocketServer } from 'ws'
import { LabError } from '../domain/problem.ts'
import type { Media } from '../domain/types.ts'
import type { World } from '../domain/world.ts'
import { perform } from '../scenario/scenario.ts'
import { attach } from '../wire/attach.ts'
import type { Gateway } from '../wire/gateway.ts'
import { servePhone } from './phone.ts'

export type ControlServer = { url: string; close(): Promise<void> }

/** The scenario over HTTP, the hints, the media, the phone page, the simulated devices. */
export const startControlServer = async (
  gateway: Gateway,
  { port, host, signal }: { port: number; host: string; signal: AbortSignal },
): Promise<ControlServer> => {
  const app = Fastify({ bodyLimit: 150 * 1024 * 1024, forceCloseConnections: true })

  app.post<{ Params: { act: string } }>('/api/:act', async (request, reply) => {
    const gone = new AbortController()
    reply.raw.on('close', () => gone.abort())
    try {
      return { value: (await perform(gateway, request.params.act, request.body, AbortSignal.any([signal, gone.signal]))) ?? null }
    } catch (error) {
      if (!(error instanceof LabError)) throw error
      return reply.code(422).send({ error: error.message })
    }
  })

  app.get('/api/state', () => perform(gateway, 'state', {}, signal))

  app.get<{ Params: { id: string } }>('/api/media/:id', async (request, reply) => {
    // Simulated devices fetch here what pages fetch from their own server.
    const bytes = gateway.world.faults.mediaGone ? undefined : gateway.world.blobs.get(request.params.id)
    if (!bytes) return reply.code(404).send({ error: 'no such media' })
    // Sent by anybody: a script in it must not run on the phone page.
    reply.header('content-security-policy', 'sandbox')
    return reply.type(mediaOf(gateway.world, request.params.id)?.mimetype ?? 'application/octet-stream').send(bytes)
  })

  serveHints(app, gateway.world)
  servePhone(app)

  const devices = new WebSocketServer({ noServer: true })
  app.server.on('upgrade', (request: IncomingMessage, socket, head) => {
    if (request.url !== '/simulated' || gateway.world.faults.refuseSocket) {
      gateway.world.counters.refusedSockets += 1
      socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n')
      return
    }
    devices.handleUpgrade(request, socket, head, (webSocket) => attach(gateway, webSocket, 'simulated'))
  })

  await app.listen({ port, host })
  return {
    url: `http://${host}:${(app.server.address() as AddressInfo).port}`,
    close: async () => {
      for (const client of devices.clients) client.terminate()
      devices.close()
      await app.close()
    },
  }
}

const mediaOf = (world: World, id: string): Media | undefined => {
  for (const account of world.accounts.values()) {
    for (const { messages } of account.conversations) {
      const found = messages.find((one) => one.media?.id === id)?.media
      if (found) return found
    }
  }
  return undefined
}

/** Server-sent events: what changed, for whoever shows it. */
const serveHints = (app: FastifyInstance, world: World): void => {
  app.get('/api/events', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    reply.raw.write(': hello\n\n')
    const stop = world.onChange((change) => reply.raw.write(`data: ${JSON.stringify(change)}\n\n`))
    reply.raw.on('close', stop)
  })
}
