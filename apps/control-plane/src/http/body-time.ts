import { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from './app.ts'
import { rawProblem } from './problems.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its body may come for as long as any of it does: a large file on a slow line. All other bodies are whole within a minute. */
    largeBody?: boolean
  }
}

const MOST_MS = 60_000

/** Ends requests whose bodies do not come. (Node's own `requestTimeout` is one for all routes, and would cut large files off.) */
export function limitBodyTime(app: App, mostMs = MOST_MS): void {
  app.addHook('onRequest', (request, reply, done) => {
    watch(request, reply, mostMs)
    done()
  })
}

function watch({ raw, routeOptions }: FastifyRequest, reply: FastifyReply, mostMs: number): void {
  const { socket } = raw
  // One that came by no connection (fastify.inject) has its body with it.
  if (!(socket instanceof Socket)) return
  let heard = socket.bytesRead
  const timer = setInterval(() => {
    const moves = routeOptions.config.largeBody === true && socket.bytesRead !== heard
    heard = socket.bytesRead
    if (moves && !raw.complete) return
    clearInterval(timer)
    if (raw.complete) return
    // What was answered already must not be followed by a second answer.
    if (reply.raw.headersSent || !socket.writable) socket.destroy()
    else socket.end(rawProblem('request_timeout'))
  }, mostMs)
  timer.unref()
  raw.once('close', () => clearInterval(timer))
}
