import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { PAGE_POLICY, policyText, Tenant, type Hint, type Message } from '@zaptria/contract'
import { botIn, overviewOf, searchIn } from './mock-overview.ts'
import { quickReplies } from './mock-quick-replies.ts'
import { addVersion, makeBot, makeDelivery, makeMessage, makeSnapshot, makeWebhook, makeWorld, problem, uuid, type World } from './world.ts'

export type Seen = { method: string; path: string; query: string; type: string | undefined; body: unknown; key: string | undefined }
export type Reply = { status?: number; body?: unknown }

/** The built dashboard with a small API in memory behind it. */
export type MockApi = AsyncDisposable & {
  url: string
  world: World
  /** Every call of the API so far. */
  seen: Seen[]
  /** Open event streams. */
  streams: Set<ServerResponse>
  /** Answers the next call to this method and path end with the problem instead. */
  refuseNext: (method: string, pathEnd: string, ...what: Parameters<typeof problem>) => void
  /** Answers every call but the session's with the problem, for as long as it is set. */
  broken: Parameters<typeof problem>[0] | null
  /** Of the sample tenant, unless it is said of which. */
  hint: (noun: Hint['noun'], id: string, tenant?: string) => void
  /** While false, event streams are refused. */
  live: boolean
}

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
/** The very policy of the control plane: what it forbids must not work here either. */
const HEADERS = { 'content-security-policy': policyText(PAGE_POLICY) }

export async function startMockApi(dist: string): Promise<MockApi> {
  const refused: { method: string; pathEnd: string; what: Parameters<typeof problem> }[] = []
  let version = 0
  const api: Omit<MockApi, 'url' | typeof Symbol.asyncDispose> = {
    world: makeWorld(),
    seen: [],
    streams: new Set(),
    live: true,
    broken: null,
    refuseNext: (method, pathEnd, ...what) => refused.push({ method, pathEnd, what }),
    hint(noun, id, tenant) {
      const data = { noun, id, tenant_id: tenant ?? api.world.tenants[0]?.id ?? null, version: String(++version) }
      for (const stream of api.streams) stream.write(`event: hint\ndata: ${JSON.stringify(data)}\n\n`)
    },
  }

  const answer = (call: Seen, url: URL): Reply => {
    const refusal = refused.findIndex(({ method, pathEnd }) => call.method === method && call.path.endsWith(pathEnd))
    if (refusal !== -1) return problem(...(refused.splice(refusal, 1)[0]?.what ?? (['internal'] as const)))
    if (api.broken !== null && !call.path.startsWith('/session')) return problem(api.broken)
    if (call.path === '/pairing' || call.path === '/pairing/ask') return pairing(api.world, call)
    if (call.path === '/session' || call.path === '/session/link') return session(api.world, call)
    if (api.world.signedIn && call.path.includes('/quick-replies')) return quickReplies(api.world, call)
    return api.world.signedIn ? resource(api.world, call, url) : problem('unauthorized')
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://mock')
    if (!url.pathname.startsWith('/api/')) return sendFile(dist, url.pathname, response)
    if (url.pathname === '/api/v1/live') {
      if (!api.live || !api.world.signedIn) return send(response, problem(api.live ? 'unauthorized' : 'unavailable'))
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).write(': hello\n\n')
      api.streams.add(response)
      response.on('close', () => api.streams.delete(response))
      return
    }
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    const key = request.headers['idempotency-key']
    const call = {
      method: request.method ?? 'GET',
      path: url.pathname.slice('/api/v1'.length),
      query: url.search.slice(1),
      type: request.headers['content-type'],
      body: text === '' ? undefined : request.headers['content-type'] === 'application/json' ? (JSON.parse(text) as unknown) : text,
      key: typeof key === 'string' ? key : undefined,
    }
    api.seen.push(call)
    send(response, answer(call, url))
  }

  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return Object.assign(api, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  })
}

function send(response: ServerResponse, { status = 200, body }: Reply): void {
  const type = status >= 400 ? 'application/problem+json' : 'application/json'
  response.writeHead(body === undefined ? 204 : status, { 'content-type': type }).end(body === undefined ? '' : JSON.stringify(body))
}

async function sendFile(dist: string, path: string, response: ServerResponse): Promise<void> {
  const file = extname(path) === '' ? '/index.html' : path
  const bytes = await readFile(join(dist, file)).catch(() => null)
  if (bytes === null) response.writeHead(404).end()
  else response.writeHead(200, { ...HEADERS, 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(bytes)
}

function session(world: World, { method, body }: Seen): Reply {
  const user = { id: world.user, email: 'dona@example.com', name: 'Dona', role: 'operator' }
  if (method === 'POST') {
    const { password, token } = body as { password?: string; token?: string }
    if (password !== 'certa' && token !== '0123') return problem('unauthorized')
    world.signedIn = true
  }
  if (method === 'DELETE') {
    world.signedIn = false
    return {}
  }
  return world.signedIn ? { body: { user } } : problem('unauthorized')
}

/** As whoever has the world's link. */
function pairing(world: World, { path, body }: Seen): Reply {
  const { token, phone } = body as { token: string; phone?: string }
  if (token !== world.pairingToken) return problem('pairing_link_not_found')
  if (path === '/pairing/ask' && phone !== undefined) world.qr.pairing_code = 'ABCD1234'
  const { qr_code, pairing_code, seconds } = world.qr
  const { state, alive } = world.bot
  const until = (ms: number): string => new Date(Date.now() + ms).toISOString()
  return {
    body: {
      name: world.tenants[0]?.name,
      state: state.state,
      reason: state.reason,
      alive,
      qr_code,
      qr_expires_at: qr_code === null ? null : until(seconds * 1000),
      pairing_code,
      link_expires_at: until(86_400_000),
    },
  }
}

const linkOf = (world: World): Record<string, unknown> => ({
  created_at: world.bot.state.at,
  expires_at: new Date(Date.now() + 86_400_000).toISOString(),
  used_at: null,
})

const page = (items: unknown[], next: string | null = null): Reply => ({ body: { items, next } })

function changed(world: World, path: string, change: (message: Message) => unknown): Reply {
  const message = world.messages.find((each) => path.includes(each.id))
  if (message === undefined) return problem('message_not_found')
  change(message)
  return { body: message }
}

function resource(world: World, { method, path, type, body }: Seen, url: URL): Reply {
  const route = `${method} ${path.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')}`
  const [tenant] = world.tenants
  const [conversation] = world.conversations
  switch (route) {
    case 'GET /overview':
      return page(overviewOf(world, url.searchParams.get('tenants')))
    case 'GET /conversations':
      return { body: { items: searchIn(world, url.searchParams.get('q') ?? '') } }
    case 'GET /tenants':
      return page(world.tenants.map((each) => ({ ...each, bot: botIn(world, each.id) })))
    case 'POST /tenants': {
      const made = Tenant.parse({ ...tenant, external_id: null, ...(body as object), id: uuid() })
      world.tenants.push(made)
      if (made.subscription !== 'paid') return { status: 201, body: made }
      world.bots.set(made.id, makeBot(made.id))
      return { status: 201, body: { ...made, bot_token: 'zbt_'.padEnd(48, 'x') } }
    }
    case 'GET /tenants/:id': {
      const found = world.tenants.find(({ id }) => path.endsWith(id))
      return found === undefined ? problem('tenant_not_found') : { body: found }
    }
    case 'GET /tenants/:id/bot': {
      const bot = botIn(world, path.split('/')[2] ?? '')
      return bot === null ? problem('bot_not_found') : { body: bot }
    }
    case 'GET /tenants/:id/bot/qr': {
      const { qr_code, pairing_code, seconds } = world.qr
      const { state, reason } = world.bot.state
      return { body: { qr_code, pairing_code, state, reason, expires_at: new Date(Date.now() + seconds * 1000).toISOString() } }
    }
    case 'POST /tenants/:id/bot/pair':
    case 'POST /tenants/:id/bot/restart':
      return {}
    case 'GET /tenants/:id/bot/pairing-link':
      return world.pairingToken === null ? problem('pairing_link_not_found') : { body: linkOf(world) }
    case 'POST /tenants/:id/bot/pairing-link':
      world.pairingToken = 'token'
      return { status: 201, body: { ...linkOf(world), url: 'https://zap.example.com/pair#token' } }
    case 'DELETE /tenants/:id/bot/pairing-link':
      world.pairingToken = null
      return {}
    case 'GET /tenants/:id/bot/snapshots':
      return page(world.snapshots)
    case 'POST /tenants/:id/bot/snapshots': {
      const asked = makeSnapshot({
        state: 'asked',
        stored_at: null,
        size_bytes: null,
        verified_at: null,
        proved_at: null,
        proof_ms: null,
        proof_fault: null,
        proof_error: null,
        restore_failed_at: null,
        cause: 'asked',
        asked_at: new Date().toISOString(),
      })
      world.snapshots.unshift(asked)
      return { status: 202, body: asked }
    }
    case 'POST /tenants/:id/bot/snapshots/:id/restore':
      return { status: 202, body: world.snapshots.find(({ id }) => path.includes(id)) }
    case 'POST /tenants/:id/bot/snapshots/:id/verify':
      return { body: world.snapshotFault === null ? { ok: true, fault: null } : { ok: false, fault: world.snapshotFault } }
    case 'GET /tenants/:id/timeline':
      return page(world.timeline)
    case 'GET /tenants/:id/numbers':
      return { body: world.numbers }
    case 'GET /tenants/:id/bot/stats':
      return { body: { memory_bytes: 131_072_000, cpu_ratio: 0.02, processes: 3, uptime_s: 90, at: world.bot.state.at } }
    case 'GET /tenants/:id/bot/logs':
      return { body: { items: world.logs } }
    case 'POST /tenants/:id/bot/stop':
    case 'POST /tenants/:id/bot/start':
      world.bot.desired = path.endsWith('stop') ? 'stopped' : 'running'
      return { body: world.bot }
    case 'DELETE /tenants/:id/bot':
      world.bot.desired = 'removed'
      return {}
    case 'GET /tenants/:id/webhooks':
      return page(world.webhooks)
    case 'POST /tenants/:id/webhooks':
      world.webhooks.unshift(makeWebhook(body as object))
      return { status: 201, body: { ...world.webhooks[0], secret: 'whsec_'.padEnd(50, 'x') } }
    case 'PATCH /tenants/:id': {
      const tenant = world.tenants.find(({ id }) => path.endsWith(id))
      if (tenant !== undefined) Object.assign(tenant, body, { updated_at: new Date().toISOString() })
      return { body: tenant }
    }
    case 'PATCH /tenants/:id/webhooks/:id': {
      const [webhook] = world.webhooks
      const { enabled } = body as { enabled: boolean }
      if (webhook !== undefined)
        Object.assign(webhook, { enabled, disabled: enabled ? null : { reason: 'by_request', at: webhook.created_at } })
      return { body: webhook }
    }
    case 'GET /tenants/:id/webhooks/:id/deliveries':
      return page(world.deliveries)
    case 'POST /tenants/:id/webhooks/:id/test':
      world.deliveries.unshift(makeDelivery())
      return { status: 201, body: world.deliveries[0] }
    case 'POST /tenants/:id/webhooks/:id/replay': {
      const failed = world.deliveries.filter(({ status }) => status === 'failed')
      for (const each of failed) each.status = 'pending'
      return { status: 201, body: { replayed: failed.length } }
    }
    case 'GET /tenants/:id/conversations':
      return page(
        world.conversations.filter(
          ({ unread, answering, contact }) =>
            (url.searchParams.get('unread') !== 'true' || unread > 0) &&
            (url.searchParams.get('answering') ?? answering) === answering &&
            (contact.name ?? '').toLowerCase().includes((url.searchParams.get('q') ?? '').toLowerCase()),
        ),
      )
    case 'GET /tenants/:id/conversations/:id':
      return { body: conversation }
    case 'POST /tenants/:id/conversations/:id/answering':
      if (conversation !== undefined) Object.assign(conversation, body)
      return { body: conversation }
    case 'POST /tenants/:id/conversations/:id/read':
      if (conversation !== undefined) conversation.unread = 0
      return { body: conversation }
    case 'GET /tenants/:id/conversations/:id/messages': {
      const end = Number(url.searchParams.get('cursor') ?? world.messages.length)
      const begin = Math.max(0, end - Number(url.searchParams.get('limit') ?? 50))
      return page(world.messages.slice(begin, end).toReversed(), begin === 0 ? null : String(begin))
    }
    case 'POST /tenants/:id/conversations/:id/messages': {
      const made = makeMessage(
        conversation?.id ?? '',
        (body as { body?: string; caption?: string }).body ?? (body as { caption?: string }).caption ?? '',
        {
          from_me: true,
          author: 'person',
          status: 'accepted',
        },
      )
      world.messages.push(made)
      if (conversation !== undefined) conversation.answering = 'person'
      return { status: 201, body: made }
    }
    case 'PUT /tenants/:id/conversations/:id/messages/:id/reaction':
      return changed(world, path, (message) =>
        message.reactions.push({ ...(body as { emoji: string }), from_me: true, sender: null, at: message.at }),
      )
    case 'PATCH /tenants/:id/conversations/:id/messages/:id':
      return changed(world, path, (message) => Object.assign(message, body, { edited_at: message.at }))
    case 'DELETE /tenants/:id/conversations/:id/messages/:id':
      return changed(world, path, (message) => Object.assign(message, { body: '', deleted_at: message.at, reactions: [] }))
    case 'GET /tenants/:id/media/limits':
      return { body: world.mediaLimits }
    case 'POST /tenants/:id/media': {
      const filename = url.searchParams.get('filename')
      const media = { id: uuid(), mimetype: type, filename, size_bytes: 1, sha256: 'a'.repeat(64), created_at: world.bot.state.at }
      return { status: 201, body: media }
    }
    case 'GET /tenants/:id/flow': {
      const active = world.versions.find((version) => version.active)
      return active === undefined ? problem('flow_version_not_found') : { body: active }
    }
    case 'POST /tenants/:id/flow/versions':
      return { status: 201, body: addVersion(world, body) }
    case 'POST /tenants/:id/flow/versions/:id/activate':
      world.versions = world.versions.map((version) => ({ ...version, active: path.includes(version.id) }))
      return { body: world.versions.find((version) => version.active) }
    case 'DELETE /tenants/:id/flow':
      world.versions = world.versions.map((version) => ({ ...version, active: false }))
      return {}
    case 'GET /tenants/:id/flow/versions': {
      const begin = Number(url.searchParams.get('cursor') ?? 0)
      const end = begin + 50
      return page(world.versions.slice(begin, end), end < world.versions.length ? String(end) : null)
    }
    case 'GET /alerts':
      return page(world.alerts)
    case 'POST /alerts/:id/resolve':
      world.alerts = []
      return {}
    case 'GET /api-keys':
      return page(world.keys)
    default:
      return problem('not_found')
  }
}
