import { Flow } from '@zaptria/contract'
import type { Json, JsonObject } from './json.ts'

/** What stands in examples: one small bakery, the same everywhere. */

/** Ids, each unlike all others, so that a reader sees which goes where (and the test can put real ones in their places). */
export const SAMPLE_IDS = {
  tenant: '0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a01',
  bot: '0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a02',
  conversation: '0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a03',
  contact: '0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a04',
  message: '0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a05',
  version: '0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a06',
  webhook: '0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a07',
  alert: '0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a08',
  key: '0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a09',
  media: '0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a0a',
  reply: '0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a0b',
  snapshot: '0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a0c',
  server: '0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a0d',
  delivery: '4207',
} as const

export const SAMPLE_TIME = '2026-12-01T12:00:00.000Z'

/** Of the seed's endpoints the tenant may be said by its external id. */
export const PATH_VALUES: Readonly<Record<string, string>> = SAMPLE_IDS

/** What an operation is asked with; its lists are asked for a page otherwise. */
export const QUERIES: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {
  getAlerts: { open: 'true' },
  getTenants: { q: 'Padaria' },
  getTenantsConversations: { q: 'Ana' },
  getConversations: { q: 'Ana' },
  getTenantsBotLogs: { tail: 200 },
  getLive: { tenant: SAMPLE_IDS.tenant },
  postTenantsMedia: { filename: 'cardapio.txt' },
}

/** What is uploaded. */
export const UPLOADS = {
  postTenantsMedia: { file: 'cardapio.txt', type: 'text/plain' },
  postTenantsBotSnapshotsImport: { file: 'padaria.zaptria', type: 'application/octet-stream' },
} as const satisfies Readonly<Record<string, { file: string; type: string }>>

export const SAMPLE_TRANSFER_KEY = 'ztk_9Yd3xqvJm0cT5uQ2rLw8ZbAeKoP1hNgS6fVtXiC7DzE'

/** Headers of particular operations. */
export const HEADERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  postTenantsBotSnapshotsImport: { 'Zaptria-Transfer-Key': SAMPLE_TRANSFER_KEY },
}

export const SAMPLE_FLOW: JsonObject = {
  format: 1,
  name: 'Atendimento',
  trigger: { type: 'any' },
  start: 'menu',
  nodes: {
    menu: {
      type: 'menu',
      text: 'Olá, {{push_name}}! Como podemos ajudar?',
      options: [
        { label: 'Horários', next: 'horarios' },
        { label: 'Falar com alguém', next: 'pessoa' },
      ],
    },
    horarios: { type: 'text', text: 'Abrimos de segunda a sábado, das 6h às 20h.' },
    pessoa: { type: 'handover', text: 'Alguém já responde por aqui.' },
  },
}

const PAIRING_TOKEN = 'Zx4n0pJr7Yt2Qw8s'

/** The body of an operation. What has none here gets one made from its schema. */
export const BODIES: Readonly<Record<string, Json>> = {
  postSession: { email: 'dona@example.com', password: 'correct horse battery' },
  postSessionLink: { token: PAIRING_TOKEN },
  putSessionPassword: { current: 'correct horse battery', password: 'uma frase longa e só minha' },
  postTenants: { name: 'Padaria da Praça', external_id: '7', subscription: 'paid' },
  patchTenantsOne: { subscription: 'paid' },
  postTenantsErase: { confirm: 'Padaria da Praça' },
  patchTenantsBot: { pacing: { per_minute: 20 } },
  postTenantsBotPair: { phone: '5511987654321' },
  postTenantsBotPairingLink: { expires_in_hours: 24 },
  postPairing: { token: PAIRING_TOKEN },
  postPairingAsk: { token: PAIRING_TOKEN, phone: '5511987654321' },
  postSnapshotsPrune: { keep_last: 3, dry_run: true },
  postTenantsBotSnapshotsExport: { transfer_key: SAMPLE_TRANSFER_KEY },
  postTenantsConversationsAnswering: { answering: 'person' },
  postTenantsConversationsMessages: { type: 'text', body: 'Já saiu para entrega!' },
  postTenantsMessages: { to: '5511987654321', type: 'text', body: 'Olá, Ana! O pão saiu do forno.' },
  putTenantsConversationsMessagesReaction: { emoji: '👍' },
  patchTenantsConversationsMessagesOne: { body: 'Abrimos às 7h.' },
  postTenantsFlowValidate: SAMPLE_FLOW,
  postTenantsFlowVersions: SAMPLE_FLOW,
  postApiKeys: { name: 'Site da loja' },
  postTenantsQuickReplies: { shortcut: 'preco', body: 'Olá, {{name}}! O pão custa R$ 18,90 o quilo.' },
  patchTenantsQuickRepliesOne: { body: 'Olá, {{name}}! O pão custa R$ 19,90 o quilo.' },
  postTenantsWebhooks: { url: 'https://app.example.com/webhooks/zaptria', events: ['message.received', 'message.status'] },
  patchTenantsWebhooksOne: { enabled: true },
  postTenantsWebhooksReplay: { since: '2026-11-24T00:00:00Z' },
  postServers: {
    name: 'santos',
    driver: 'docker',
    address: 'ssh://zaptria@10.0.0.7',
    credentials: { ssh: { key: '-----BEGIN OPENSSH PRIVATE KEY-----\n…', known_hosts: '10.0.0.7 ssh-ed25519 AAAA…' } },
    link_url: 'wss://zap.example.com/api/bots/link',
  },
  patchServersOne: { capacity: 80 },
  postApiTenantsWhatsappQr: { qr_code: '2@mK1dQ…', timestamp: SAMPLE_TIME },
  postApiTenantsWhatsappStatus: { status: 'connected', number: '5511987654321', name: 'Padaria da Praça', timestamp: SAMPLE_TIME },
  postApiTenantsWhatsappIncoming: { from: '5511912345678@c.us', body: 'Tem pão?', timestamp: 1_796_126_400, type: 'chat' },
}

/** Values of fields by their names, where the type allows. */
export const BY_NAME: Readonly<Record<string, Json>> = {
  name: 'Padaria da Praça',
  tenant_name: 'Padaria da Praça',
  external_id: '7',
  subscription: 'paid',
  time_zone: 'America/Sao_Paulo',
  quiet_hour: 3,
  engine: 'wwebjs',
  desired: 'running',
  state: 'connected',
  reason: 'ready',
  number: '5511987654321',
  phone: '5511912345678',
  server: 'local',
  address: 'ssh://zaptria@10.0.0.7',
  pool: '10.212.0.0/16',
  expose_on: '10.0.0.7',
  link_url: 'wss://zap.example.com/api/bots/link',
  driver: 'docker',
  container_name: 'zaptria-bot-7f3c',
  page_version: '2.3000.1030',
  epoch: 3,
  version: 1,
  chat_id: '5511912345678@c.us',
  jid: '5511912345678@c.us',
  wa_id: '3EB0C767D26A1B2E5F01',
  author: 'contact',
  type: 'chat',
  status: 'received',
  body: 'Tem pão?',
  shortcut: 'preco',
  email: 'dona@example.com',
  role: 'operator',
  qr_code: '2@mK1dQ…',
  pairing_code: 'ABCD1234',
  bot_token: 'zbt_…',
  key: 'zap_live_1a2b3c4d_…',
  prefix: 'zap_live_1a2b3c4d',
  secret: 'whsec_…',
  url: 'https://app.example.com/webhooks/zaptria',
  description: 'Sistema da loja',
  events: ['message.received', 'message.status'],
  actor: `key:${SAMPLE_IDS.key}`,
  actor_name: 'Site da loja',
  action: 'tenant.create',
  line: '{"level":30,"msg":"ready"}',
  mimetype: 'text/plain',
  filename: 'cardapio.txt',
  size_bytes: 48_213,
  memory_bytes: 356_515_840,
  cpu_ratio: 0.04,
  processes: 9,
  uptime_s: 86_400,
  bots: 12,
  capacity: 50,
  unread: 1,
  kind: 'bot_needs_scan',
  severity: 'warning',
  count: 1,
  event_id: '0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a0b',
  duration_ms: 84,
  replayed: 3,
  next: null,
  cursor: null,
  errors: [],
  reactions: [],
  // With what its schema fills in.
  flow: Flow.parse(SAMPLE_FLOW) as unknown as Json,
  warnings: [],
  ok: true,
  alive: true,
  enabled: true,
  active: true,
  from_me: false,
  stuck: false,
  unsent: false,
  mismatch: false,
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
}

/** Of names that are words in one place and numbers in another. */
export const NUMBERS: Readonly<Record<string, number>> = { status: 204 }

const aServer = (operation: string): JsonObject => ({
  name: 'santos',
  address: 'ssh://zaptria@10.0.0.7',
  region: 'Santos',
  state: operation === 'postServersGiveUp' ? 'given_up' : 'well',
  memory_bytes: 16_777_216_000,
  memory_free_bytes: 12_582_912_000,
  link_url: 'wss://zap.example.com/api/bots/link',
  settings: {},
  cordoned: operation === 'postServersCordon',
  has_credentials: true,
  version: '7',
})

/** What is particular in an operation's answer. */
export const answersAt = (origin: string): Readonly<Record<string, JsonObject>> => {
  const sent = { from_me: true, author: 'api', status: 'queued', wa_id: null }
  const waiting = { state: 'qr_ready', reason: 'waiting_for_scan', pairing_code: null }
  return {
    getTenantsBotQr: { ...waiting, expires_at: SAMPLE_TIME },
    postTenantsBotPairingLink: { url: `${origin}/pair#${PAIRING_TOKEN}`, expires_at: '2026-12-02T12:00:00.000Z' },
    getTenantsBotPairingLink: { expires_at: '2026-12-02T12:00:00.000Z' },
    postPairing: waiting,
    postPairingAsk: { ...waiting, qr_code: null, qr_expires_at: null, pairing_code: 'ABCD1234' },
    postTenantsMessages: { ...sent, body: 'Olá, Ana! O pão saiu do forno.' },
    postTenantsConversationsMessages: { ...sent, body: 'Já saiu para entrega!' },
    ...Object.fromEntries(
      ['getServersOne', 'postServers', 'patchServersOne', 'postServersCordon', 'postServersUncordon', 'postServersGiveUp'].map((id) => [
        id,
        aServer(id),
      ]),
    ),
    postApiKeys: { name: 'Site da loja', last_used_at: null },
  }
}

/** Null in an ordinary answer. */
export const NULLS: ReadonlySet<string> = new Set([
  'bot_resumes_at',
  'change',
  'content',
  'deleted_at',
  'detail',
  'disabled',
  'edited_at',
  'error',
  'expires_at',
  'failing_since',
  'failure',
  'group',
  'lid',
  'media',
  'old_secret_until',
  'public_url',
  'quoted',
  'quoted_message',
  'region',
  'address',
  'resolved_at',
  'response',
  'send_at',
  'sender',
  'trouble',
  'used_at',
])

/** Of objects that hold one thing each, whose `id` it is. */
export const ID_OF: Readonly<Record<string, string>> = {
  tenants: SAMPLE_IDS.tenant,
  bot: SAMPLE_IDS.bot,
  conversations: SAMPLE_IDS.conversation,
  contact: SAMPLE_IDS.contact,
  messages: SAMPLE_IDS.message,
  last_message: SAMPLE_IDS.message,
  data: SAMPLE_IDS.message,
  flow: SAMPLE_IDS.version,
  alerts: SAMPLE_IDS.alert,
  'api-keys': SAMPLE_IDS.key,
  servers: SAMPLE_IDS.server,
  webhooks: SAMPLE_IDS.webhook,
  tenant_id: SAMPLE_IDS.tenant,
  bot_id: SAMPLE_IDS.bot,
  conversation_id: SAMPLE_IDS.conversation,
}
