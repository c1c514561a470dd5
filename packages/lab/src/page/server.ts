import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import { WebSocketServer } from 'ws'
import { makeCertificate } from '../certificate.ts'
import { storeMedia } from '../domain/messages.ts'
import { attach } from '../wire/attach.ts'
import type { Gateway } from '../wire/gateway.ts'
import { bundle } from './bundle.ts'
import { configOf, html } from './html.ts'

export type PageServer = { port: number; spki: string; close(): Promise<void> }

const bodyLimit = 110 * 1024 * 1024

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > bodyLimit) throw new Error('too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** What stands behind `https://web.whatsapp.com`. */
export const startPageServer = async (gateway: Gateway, { port, host }: { port: number; host: string }): Promise<PageServer> => {
  const { world } = gateway
  const trusted = await makeCertificate()
  const untrusted = await makeCertificate()
  const contexts = { trusted: createSecureContext(trusted), untrusted: createSecureContext(untrusted) }
  const app = bundle(new URL('./app/main.ts', import.meta.url))

  const server: Server = createServer({
    key: trusted.key,
    cert: trusted.cert,
    SNICallback: (_name, done) => done(null, world.faults.badCertificate ? contexts.untrusted : contexts.trusted),
  })
  // Chromium resumes sessions, and would not look at the certificate again.
  server.on('resumeSession', (_id, done) => done(null, null))
  const sockets = new Set<Socket>()
  server.on('secureConnection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  })
  server.on('tlsClientError', (_error, socket) => socket.destroy())

  const answerPage = (request: IncomingMessage, response: ServerResponse): void => {
    world.counters.pageLoads += 1
    if (world.faults.pageNeverLoads) return
    if (world.faults.pageReset) {
      request.socket.destroy()
      return
    }
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.setHeader('cache-control', 'no-store')
    if (world.faults.badCertificate) response.setHeader('connection', 'close')
    response.end(html(configOf(world)))
  }

  const answerUpload = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const bytes = await readBody(request)
    if (world.faults.mediaRefused) return void response.writeHead(415).end()
    const media = storeMedia(world, bytes, String(request.headers['x-mimetype'] ?? 'application/octet-stream'), null)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ id: media.id }))
  }

  server.on('request', (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'https://web.whatsapp.com')
    if (pathname === '/') return answerPage(request, response)
    if (pathname === '/app.js') {
      response.setHeader('content-type', 'text/javascript; charset=utf-8')
      response.end(app)
      return
    }
    if (pathname === '/mms/upload' && request.method === 'POST') {
      answerUpload(request, response).catch(() => response.writeHead(400).end())
      return
    }
    const blob = pathname.startsWith('/mms/') && !world.faults.mediaGone ? world.blobs.get(pathname.slice('/mms/'.length)) : undefined
    if (!blob) return void response.writeHead(404).end()
    response.setHeader('content-type', 'application/octet-stream')
    response.end(blob)
  })

  const webSockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    if (request.url !== '/ws/chat' || world.faults.refuseSocket) {
      world.counters.refusedSockets += 1
      socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n')
      return
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => attach(gateway, webSocket, 'page'))
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    spki: trusted.spki,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const client of webSockets.clients) client.terminate()
      webSockets.close()
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      await closed
    },
  }
}
