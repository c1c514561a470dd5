import {
  Alert,
  type ApiKey,
  Bot,
  Conversation,
  ERRORS,
  FlowVersion,
  type LogLine,
  type MediaLimits,
  Message,
  QuickReply,
  Snapshot,
  Tenant,
  BotNumbers,
  type BotState,
  TimelineEntry,
  type ErrorCode,
  type FieldMistake,
  type StateReason,
  WebhookDelivery,
  WebhookEndpoint,
} from '@zaptria/contract'
import { SAMPLE_FLOW } from '@zaptria/core'
import type { z } from 'zod'

/** What the mock of the API knows. Tests change it; every shape passes the contract's schema first. */
export type World = {
  signedIn: boolean
  /** The id of whoever signs in. */
  user: string
  /** The first is the sample tenant, whose bot is `bot`. */
  tenants: Tenant[]
  bot: Bot
  /** Of the other tenants that have one. */
  bots: Map<string, Bot>
  qr: { qr_code: string | null; seconds: number; pairing_code: string | null }
  /** Of the pairing link that is good, if there is one. */
  pairingToken: string | null
  conversations: Conversation[]
  /** Oldest first. */
  messages: Message[]
  /** What the overview says of a tenant's conversations; of the sample tenant they are counted. */
  unread: Map<string, { unread: number; waiting: number }>
  mediaLimits: MediaLimits
  /** By shortcut. */
  quickReplies: QuickReply[]
  alerts: Alert[]
  /** Newest first. */
  timeline: TimelineEntry[]
  numbers: BotNumbers
  /** Newest first. */
  snapshots: Snapshot[]
  /** What verifying one shows. */
  snapshotFault: string | null
  logs: LogLine[]
  keys: ApiKey[]
  versions: FlowVersion[]
  /** Newest first. */
  webhooks: WebhookEndpoint[]
  deliveries: WebhookDelivery[]
}

let counter = 0
/** A UUID that tells itself apart. */
export const uuid = (): string => `01920000-0000-7000-8000-${(++counter).toString(16).padStart(12, '0')}`
const at = (secondsAgo: number, now = Date.now()): string => new Date(now - secondsAgo * 1000).toISOString()
/** São Paulo's time, which is the browser's (browser.ts). */
const UTC_MINUS_HOURS = 3
/** Yesterday there, whatever the hour is. */
const noonYesterday = (): string => {
  const local = new Date(Date.now() - UTC_MINUS_HOURS * 3_600_000)
  return new Date(Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate() - 1, 12 + UTC_MINUS_HOURS)).toISOString()
}

export function makeWorld(): World {
  const tenant = makeTenant('Padaria Estrela')
  const conversation = Conversation.parse({
    id: uuid(),
    contact: { id: uuid(), name: 'Ana Souza', phone: '5511988887777', lid: null, group: null },
    chat_id: '5511988887777@c.us',
    answering: 'bot',
    answering_since: at(600),
    bot_resumes_at: null,
    stuck: false,
    unsent: false,
    unread: 1,
    last_message: { body: 'oi', from_me: false, at: at(60), type: 'chat' },
    updated_at: at(60),
  })
  return {
    signedIn: true,
    user: uuid(),
    tenants: [tenant],
    bot: makeBot(tenant.id),
    bots: new Map(),
    qr: { qr_code: '2@first,qr', seconds: 40, pairing_code: null },
    pairingToken: null,
    conversations: [conversation],
    messages: Array.from({ length: 120 }, (_, index) => makeMessage(conversation.id, `mensagem ${index + 1}`, { at: at(600 - index) })),
    unread: new Map(),
    mediaLimits: { document: 64 * 1024 ** 2, other: 16 * 1024 ** 2 },
    quickReplies: [],
    alerts: [],
    timeline: makeTimeline(),
    numbers: makeNumbers(),
    snapshots: [makeSnapshot()],
    snapshotFault: null,
    logs: [{ at: null, line: '{"msg":"listening"}' }],
    keys: [],
    webhooks: [makeWebhook({ url: 'https://app.example.com/webhooks/zaptria', description: 'Laravel' })],
    deliveries: [makeDelivery()],
    versions: [FlowVersion.parse({ id: uuid(), version: 1, active: true, flow: SAMPLE_FLOW, created_at: at(500) })],
  }
}

export function makeTenant(name: string, subscription: Tenant['subscription'] = 'paid'): Tenant {
  return Tenant.parse({
    id: uuid(),
    name,
    external_id: null,
    subscription,
    time_zone: 'America/Sao_Paulo',
    quiet_hour: 3,
    created_at: at(3600),
    updated_at: at(3600),
  })
}

export function makeBot(tenant: string): Bot {
  return Bot.parse({
    id: uuid(),
    tenant_id: tenant,
    engine: 'wwebjs',
    desired: 'running',
    state: { state: 'qr_ready', reason: 'waiting_for_scan', detail: null, at: at(30) },
    alive: true,
    under_way: null,
    last_beat_at: at(3),
    instance: { state: 'running', detail: null, at: at(60) },
    number: null,
    name: null,
    epoch: 1,
    container_name: 'zaptria-bot-1',
    server: 'local',
    expose: 'none',
    public_url: null,
    pacing: { enabled: true, min_gap_ms: 800, jitter_ms: 700, per_minute: 30, typing_max_ms: 1500 },
    transport: 'link',
    page_version: '2.3000.1',
    created_at: at(3600),
    updated_at: at(30),
  })
}

function makeTimeline(): TimelineEntry[] {
  // Of one moment: how long each lasted is told to the second.
  const now = Date.now()
  const entry = { detail: null }
  const entries: z.input<typeof TimelineEntry>[] = [
    { kind: 'state', id: '4', at: at(30, now), state: 'qr_ready', reason: 'waiting_for_scan', ...entry },
    { kind: 'asked', id: '9', at: at(90, now), action: 'bot.restart', actor: 'person:1', actor_name: 'dona@example.com' },
    {
      kind: 'alert',
      id: uuid(),
      at: at(150, now),
      alert: 'bot_restarted',
      severity: 'warning',
      detail: 'silent for 60 s',
      count: 1,
      resolved_at: at(60, now),
    },
    { kind: 'state', id: '3', at: at(200, now), state: 'reconnecting', reason: 'renderer_frozen', ...entry },
    { kind: 'state', id: '2', at: noonYesterday(), state: 'connected', reason: 'ready', ...entry },
  ]
  return entries.map((each) => TimelineEntry.parse(each))
}

export function makeSnapshot(more: Partial<Snapshot> = {}): Snapshot {
  return Snapshot.parse({
    id: uuid(),
    cause: 'nightly',
    state: 'stored',
    asked_at: at(6 * 3600),
    taken_at: at(6 * 3600),
    stored_at: at(6 * 3600 - 20),
    size_bytes: 12_400_000,
    number: '5511900000001',
    epoch: 1,
    held_ms: 31,
    failure: null,
    verified_at: at(3600),
    proved_at: at(6 * 3600),
    proof_ms: 2100,
    proof_fault: null,
    proof_error: null,
    restore_failed_at: null,
    restored_at: null,
    void_at: null,
    void_reason: null,
    ...more,
  })
}

function makeNumbers(): BotNumbers {
  return BotNumbers.parse({
    from: at(86_400),
    to: at(0),
    uptime: 0.9965,
    connected_since: at(7200),
    received: 412,
    sent: 398,
    failed: 2,
    waiting: 1,
    answer_ms: { p50: 2150, p95: 6400 },
    parts: Array.from({ length: 24 }, (_, part) => ({
      at: at(86_400 - part * 3600),
      received: Math.round(17 + 16 * Math.sin(part / 3)),
      sent: Math.round(16 + 15 * Math.sin(part / 3)),
    })),
    states: [
      { state: 'connected', reason: 'ready', at: at(90_000) },
      { state: 'reconnecting', reason: 'renderer_frozen', at: at(40_000) },
      { state: 'connected', reason: 'ready', at: at(39_700) },
    ],
  })
}

export function makeMessage(conversation: string, body: string, change: Partial<z.input<typeof Message>> = {}): Message {
  return Message.parse({
    id: uuid(),
    conversation_id: conversation,
    wa_id: null,
    from_me: false,
    author: 'contact',
    sender: null,
    body,
    type: 'chat',
    status: 'received',
    failure: null,
    media: null,
    content: null,
    quoted: null,
    quoted_message: null,
    at: at(0),
    reactions: [],
    edited_at: null,
    deleted_at: null,
    change: null,
    send_at: null,
    expires_at: null,
    updated_at: at(0),
    ...change,
  })
}

export function makeConversation(name: string, change: Partial<z.input<typeof Conversation>> = {}): Conversation {
  const phone = `55119${String(++counter).padStart(8, '0')}`
  return Conversation.parse({
    id: uuid(),
    contact: { id: uuid(), name, phone, lid: null, group: null },
    chat_id: `${phone}@c.us`,
    answering: 'bot',
    answering_since: at(600),
    bot_resumes_at: null,
    stuck: false,
    unsent: false,
    unread: 0,
    last_message: { body: 'oi', from_me: false, at: at(60), type: 'chat' },
    updated_at: at(60),
    ...change,
  })
}

export const makeQuickReply = (shortcut: string, body: string): QuickReply =>
  QuickReply.parse({ id: uuid(), shortcut, body, created_at: at(60), updated_at: at(60) })

export function makeWebhook(change: object): WebhookEndpoint {
  return WebhookEndpoint.parse({
    id: uuid(),
    description: '',
    events: null,
    enabled: true,
    disabled: null,
    failing_since: null,
    old_secret_until: null,
    created_at: at(600),
    updated_at: at(600),
    ...change,
  })
}

export function makeDelivery(change: Partial<z.input<typeof WebhookDelivery>> = {}): WebhookDelivery {
  return WebhookDelivery.parse({
    id: String(++counter),
    event_id: uuid(),
    type: 'message.received',
    status: 'succeeded',
    due_at: null,
    attempts: [{ at: at(20), status: 204, duration_ms: 31, error: null, response: null }],
    created_at: at(20),
    ...change,
  })
}

export function makeAlert(tenant: Tenant, kind: Alert['kind'], detail: string | null = null): Alert {
  const times = { raised_at: at(90), last_at: at(30), resolved_at: null }
  return Alert.parse({
    id: uuid(),
    kind,
    severity: 'critical',
    tenant_id: tenant.id,
    tenant_name: tenant.name,
    detail,
    count: 2,
    ...times,
  })
}

/** Published and active; newest first, as the API lists them. */
export function addVersion(world: World, flow: unknown): FlowVersion {
  const made = FlowVersion.parse({ id: uuid(), version: world.versions.length + 1, active: true, flow, created_at: at(0) })
  world.versions = [made, ...world.versions.map((version) => ({ ...version, active: false }))]
  return made
}

export function say(world: World, state: BotState, reason: StateReason, change: Partial<Bot> = {}): void {
  world.bot = { ...world.bot, ...change, state: { state, reason, detail: null, at: at(0) } }
}

export function problem(code: ErrorCode, errors?: FieldMistake[]): { status: number; body: unknown } {
  const [status, title, hint] = ERRORS[code]
  return {
    status,
    body: { type: `https://zaptria.com/errors/${code}`, title, status, code, hint, ...(errors === undefined ? {} : { errors }) },
  }
}
