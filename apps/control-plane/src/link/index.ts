import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { BeatFrame } from '@zaptria/contract'
import { LINK_MAX_FRAME_BYTES, LINK_PATH, LinkClose } from '@zaptria/contract'
import { WebSocketServer } from 'ws'
import type { Secrets } from '../secrets/index.ts'
import { linkDown, linkedStates, storeBeats } from '../store/link.ts'
import { authenticate } from './authenticate.ts'
import type { LinkDeps } from './connection.ts'
import { Connection } from './connection.ts'

const POLL_MS = 3_000
const BEATS_MS = 1_000
/** Hints that come thicker than this are looked at together. */
const HINTS_MS = 25
const PING_MS = 15_000
/** Beats and pongs come every 15 s: without either the other side is gone, though TCP has not noticed. */
const SILENT_MS = 45_000

export type Links = {
  /** Bots that are linked to this replica. */
  readonly size: number
  close(): Promise<void>
}

/** Serves LINK_PATH on HTTP servers: bots dial in, events come up, commands go down. Other upgrades are refused. */
export function attachLink(servers: readonly Server[], deps: LinkDeps & { secrets: Pick<Secrets, 'tokenMatches'> }): Links {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LINK_MAX_FRAME_BYTES, perMessageDeflate: false })
  const links = new Map<string, Connection>()
  /** Of what was left behind on servers that bots were taken from. */
  const asides = new Set<Connection>()
  const byTenant = new Map<string, Connection>()
  const beats = new Map<string, BeatFrame>()
  const goingDown = new Set<Promise<void>>()
  let closing = false

  const opened = (link: Connection): void => {
    if (link.aside) return void asides.add(link)
    links.get(link.bot.id)?.close(LinkClose.replaced, 'a newer link took over')
    links.set(link.bot.id, link)
    byTenant.set(link.bot.tenantId, link)
    deps.metrics.links.set(links.size)
  }

  const closed = (link: Connection): void => {
    asides.delete(link)
    if (links.get(link.bot.id) !== link) return
    links.delete(link.bot.id)
    byTenant.delete(link.bot.tenantId)
    deps.metrics.links.set(links.size)
    const down = sayDown(deps, link).catch((error: unknown) =>
      deps.log.warn({ err: error, bot: link.bot.id }, 'the end of a link was not noted'),
    )
    goingDown.add(down)
    void down.finally(() => goingDown.delete(down))
  }

  const admit = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const ignore = (): void => {}
    socket.on('error', ignore)
    try {
      const answer = await authenticate(deps, request.headers)
      if (closing) return refuse(socket, '503 Service Unavailable')
      sockets.handleUpgrade(request, socket, head, (ws) => {
        socket.off('error', ignore)
        if ('code' in answer) return ws.close(answer.code, answer.reason)
        const link = new Connection(deps, { opened, beat: (botId, beat) => beats.set(botId, beat) }, answer, ws)
        ws.on('close', () => closed(link))
      })
    } catch (error) {
      deps.log.warn({ err: error }, 'a bot could not be let in')
      refuse(socket, '503 Service Unavailable')
    }
  }
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (request.url?.split('?')[0] === LINK_PATH) void admit(request, socket, head)
    else refuse(socket, '404 Not Found')
  }

  const look = async (bots: readonly string[]): Promise<void> => {
    try {
      for (const state of await linkedStates(deps.db, bots)) {
        links.get(state.id)?.heed(state)
        for (const link of asides) if (link.bot.id === state.id) link.heed(state)
      }
    } catch (error) {
      deps.log.warn({ err: error }, 'linked bots could not be looked at')
    }
  }
  const hinted = new Set<string>()
  let lookedAt = Number.NEGATIVE_INFINITY
  let lookAt: NodeJS.Timeout | undefined
  const lookAtHinted = (): void => {
    const bots = [...hinted]
    hinted.clear()
    lookedAt = performance.now()
    void look(bots)
  }
  let polling = false
  const poll = async (): Promise<void> => {
    if (polling) return
    polling = true
    await look([...new Set([...links.keys(), ...[...asides].map(({ bot }) => bot.id)])])
    polling = false
  }
  let flushing = Promise.resolve()
  const flushBeats = async (): Promise<void> => {
    const batch = [...beats].map(([bot_id, beat]) => ({ bot_id, beat }))
    beats.clear()
    await storeBeats(deps.db, batch).catch((error: unknown) => deps.log.warn({ err: error }, 'beats could not be stored'))
  }
  const checkSilence = (): void => {
    for (const link of [...links.values(), ...asides]) {
      if (link.silentMs > SILENT_MS) link.terminate()
      else link.ping()
    }
  }

  const timers = [
    setInterval(() => void poll(), POLL_MS),
    setInterval(() => {
      if (beats.size > 0) flushing = flushing.then(flushBeats)
    }, BEATS_MS),
    setInterval(checkSilence, PING_MS),
  ]
  const unsubscribe = deps.hints.subscribe(
    ({ noun, tenant_id }) => {
      const link = tenant_id === null ? undefined : byTenant.get(tenant_id)
      if (link === undefined || (noun !== 'message' && noun !== 'bot')) return
      // One look for all hints of a moment: at once when it was quiet, and not for every batch of a busy bot.
      if (hinted.size === 0) lookAt = setTimeout(lookAtHinted, Math.max(0, lookedAt + HINTS_MS - performance.now()))
      hinted.add(link.bot.id)
    },
    () => void poll(),
  )
  for (const server of servers) server.on('upgrade', onUpgrade)

  return {
    get size() {
      return links.size
    },
    async close() {
      closing = true
      for (const server of servers) server.off('upgrade', onUpgrade)
      unsubscribe()
      clearTimeout(lookAt)
      for (const timer of timers) clearInterval(timer)
      for (const client of sockets.clients) client.close(1012, 'restarting')
      const deadline = setTimeout(() => {
        for (const client of sockets.clients) client.terminate()
      }, 2_000)
      await new Promise((done) => sockets.close(done))
      clearTimeout(deadline)
      await Promise.all([...goingDown, flushing])
    },
  }
}

async function sayDown(deps: LinkDeps, link: Connection): Promise<void> {
  const version = await linkDown(deps.db, link.bot.id, link.id)
  if (version === null) return
  deps.log.info({ bot: link.bot.id, tenant: link.bot.tenantId }, 'link is down')
  await deps.db
    .transaction()
    .execute((trx) => deps.hints.changed(trx, { noun: 'bot', id: link.bot.id, tenant_id: link.bot.tenantId, version }))
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => {})
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nRetry-After: 2\r\n\r\n`)
}
