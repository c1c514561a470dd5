import { TenantId } from '@zaptria/contract'
import { z } from 'zod'
import type { Hints } from '../live/hints.ts'
import type { App } from './app.ts'
import { createHintStream } from './sse.ts'
import type { HintStream } from './sse.ts'

const BEAT_EVERY_MS = 15_000

/** Live hints by SSE. A client that reconnects fetches again what it shows: there is no log of events to replay. */
export function liveRoutes(app: App, { hints }: { hints: Pick<Hints, 'subscribe'> }): void {
  const streams = new Set<HintStream>()
  let beating: NodeJS.Timeout | undefined

  const open = (stream: HintStream): void => {
    streams.add(stream)
    beating ??= setInterval(() => {
      for (const each of streams) each.beat()
    }, BEAT_EVERY_MS)
  }
  const gone = (stream: HintStream): void => {
    streams.delete(stream)
    if (streams.size > 0) return
    clearInterval(beating)
    beating = undefined
  }

  app.get(
    '/live',
    {
      schema: {
        tags: ['live'],
        summary: 'Live hints (server-sent events)',
        description:
          '`event: hint` with a Hint: “this changed, fetch it again”. On reconnect fetch again what you show. Comments are sent every 15 s.',
        querystring: z.object({ tenant: TenantId.optional() }),
        response: { 200: { description: 'An event stream.', content: { 'text/event-stream': { schema: z.string() } } } },
      },
    },
    (request, reply) => {
      const { tenant } = request.query
      reply.hijack()
      const raw = reply.raw
      raw.writeHead(200, {
        ...(Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined)) as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        // Proxies must not collect what is meant to be live.
        'x-accel-buffering': 'no',
      })
      raw.socket?.setNoDelay(true)
      // A stream is one request that never ends.
      request.raw.setTimeout(0)
      const stream = createHintStream(raw)
      const unsubscribe = hints.subscribe(
        (hint) => {
          if (tenant === undefined || hint.tenant_id === tenant) stream.push(hint)
        },
        () => stream.missed(),
      )
      open(stream)
      raw.once('close', () => {
        unsubscribe()
        gone(stream)
        stream.close()
      })
    },
  )

  // Before the server waits for its connections to end: these never do by themselves.
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.close()
  })
}
