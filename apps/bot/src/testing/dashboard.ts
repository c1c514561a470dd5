import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Webhook = {
  path: string
  what: string
  headers: IncomingHttpHeaders
  raw: string
  body: Record<string, unknown>
  status: number
}
export type Answer = number | { status: number; headers?: Record<string, string> } | 'hang' | 'drop'

/** A foreign dashboard that knows the seed and nothing else of us: three endpoints below /api/tenants/{id}/whatsapp, a token, 2xx. */
export const startDashboard = async (options: { token: string; tenantId: string; port?: number }) => {
  const state = {
    received: [] as Webhook[],
    /** What to answer instead of 200; by webhook, newest rule decides. */
    answer: null as ((what: string, body: Record<string, unknown>) => Answer | null) | null,
    /** Webhooks that are being answered, and the most at once. */
    open: 0,
    mostOpen: 0,
    delayMs: 0,
  }
  const server = createServer((request, response) => {
    let raw = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (raw += chunk))
    request.on('end', () => {
      state.open += 1
      state.mostOpen = Math.max(state.mostOpen, state.open)
      setTimeout(() => {
        state.open -= 1
        const path = request.url ?? ''
        const what = /^\/api\/tenants\/([^/]+)\/whatsapp\/(qr|status|incoming)$/.exec(path)
        const body = JSON.parse(raw) as Record<string, unknown>
        const told = state.answer?.(what?.[2] ?? '', body) ?? null
        const ours = request.headers['x-bot-token'] === options.token
        const answer = told ?? (what === null || decodeURIComponent(what[1] ?? '') !== options.tenantId ? 404 : ours ? 200 : 401)
        const status = typeof answer === 'number' ? answer : typeof answer === 'object' ? answer.status : 0
        state.received.push({ path, what: what?.[2] ?? '', headers: request.headers, raw, body, status })
        if (answer === 'drop') request.socket.destroy()
        if (typeof answer === 'string') return
        response.writeHead(status, typeof answer === 'object' ? answer.headers : {}).end(JSON.stringify({ ok: status < 300 }))
      }, state.delayMs)
    })
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    state,
    port,
    url: `http://127.0.0.1:${port}`,
    /** Webhooks that were answered with 2xx. */
    taken: (what: string): Record<string, unknown>[] =>
      state.received.filter((each) => each.what === what && each.status >= 200 && each.status < 300).map((each) => each.body),
    tried: (what: string): Webhook[] => state.received.filter((each) => each.what === what),
    async stop(): Promise<void> {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
export type Dashboard = Awaited<ReturnType<typeof startDashboard>>
