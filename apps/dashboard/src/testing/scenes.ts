import type { BotState, StateReason } from '@zaptria/contract'
import { SAMPLE_FLOW } from '@zaptria/core'
import type { Page } from 'playwright-core'
import type { Visit } from './browser.ts'
import { LONG, UNBROKEN, alarmed, serversAway } from './scene-alerts.ts'
import { snapshotsOfAllKinds } from './scene-snapshots.ts'
import { talk } from './scene-talk.ts'
import { addVersion, makeAlert, makeDelivery, makeTenant, say, uuid, type World } from './world.ts'

/** A page as somebody may find it: how the world is, where they go, what they do there. Tests inspect it, `npm run screenshots` takes pictures. */
export type Scene = {
  name: string
  /** `tenant`, `chat`, or a path of its own. */
  path: string
  arrange?: (person: Visit) => void
  act?: (page: Page, person: Visit) => Promise<unknown>
  /** The test id of what must be there. */
  ready: string
  /** The same parts as in another scene, many times: that they fit is all there is to see. */
  crowded?: boolean
}

const world =
  (change: (world: World) => void) =>
  ({ api }: Visit): void =>
    change(api.world)
const signedOut = world((each) => (each.signedIn = false))
const broken = ({ api }: Visit): void => void (api.broken = 'unavailable')
const choose = (page: Page, name: string, mimeType: string, buffer: Buffer) =>
  page.getByTestId('attach-file').setInputFiles({ name, mimeType, buffer })
const click = (testId: string) => (page: Page) => page.getByTestId(testId).first().click()

const OVERVIEW: Scene[] = [
  { name: 'overview', path: '/', ready: 'tenant' },
  { name: 'overview-empty', path: '/', arrange: world((each) => (each.tenants = [])), ready: 'tenants-empty' },
  {
    name: 'overview-500',
    path: '/',
    arrange: world((each) => {
      const more = Array.from({ length: 499 }, (_, index) => makeTenant(`Loja número ${index + 2}`, index % 7 === 0 ? 'past_due' : 'paid'))
      each.tenants = [...each.tenants, ...more]
    }),
    ready: 'tenant',
    crowded: true,
  },
  {
    name: 'overview-long-names',
    path: '/',
    arrange: world((each) => {
      each.tenants = [LONG, UNBROKEN, 'Zé'].map((name) => makeTenant(name, 'cancelled'))
      say(each, 'connected', 'ready', { number: '5511987654321', name: LONG })
    }),
    ready: 'tenant',
  },
  { name: 'overview-error', path: '/', arrange: broken, ready: 'problem' },
  {
    name: 'overview-offline',
    path: '/',
    arrange: ({ api }) => void (api.live = false),
    act: (page) => page.getByTestId('live-down').waitFor(),
    ready: 'tenant',
  },
  { name: 'tenant-new', path: '/', act: click('tenant-create'), ready: 'tenant-dialog' },
  {
    name: 'tenant-made',
    path: '/',
    act: async (page) => {
      await page.getByTestId('tenant-create').first().click()
      await page.getByTestId('tenant-name').fill(LONG)
      await page.getByTestId('tenant-submit').click()
    },
    ready: 'bot-token',
  },
  {
    name: 'overview-alert',
    path: '/',
    arrange: world((each) => (each.alerts = each.tenants.slice(0, 1).map((tenant) => makeAlert(tenant, 'bot_needs_scan')))),
    ready: 'tenant',
  },
  { name: 'alerts', path: '/alerts', arrange: world(alarmed), ready: 'alert' },
  { name: 'alerts-servers', path: '/alerts', arrange: world(serversAway), ready: 'alert' },
  { name: 'alerts-none', path: '/alerts', ready: 'alerts-none' },
  { name: 'alerts-above', path: 'tenant', arrange: world(alarmed), ready: 'alert-banner' },
  { name: 'settings', path: '/settings', arrange: world(keyed), ready: 'api-key' },
  { name: 'settings-revoke', path: '/settings', arrange: world(keyed), act: click('api-key-revoke'), ready: 'confirm' },
  {
    name: 'settings-mistakes',
    path: '/settings',
    act: async (page) => {
      await page.getByTestId('password-new').fill('curta')
      await page.getByTestId('password-submit').click()
    },
    ready: 'password-submit',
  },
  { name: 'lost', path: '/nowhere', ready: 'lost' },
]

function keyed(each: World): void {
  const created_at = each.bot.created_at
  each.keys = [
    { id: uuid(), name: 'Site da loja', prefix: 'zap_live_0a1b2c3d', created_at, last_used_at: null },
    { id: uuid(), name: LONG, prefix: 'zap_live_4e5f6a7b', created_at, last_used_at: created_at },
  ]
}

const SIGN_IN: Scene[] = [
  { name: 'sign-in', path: '/sign-in', arrange: signedOut, ready: 'sign-in' },
  {
    name: 'sign-in-refused',
    path: '/sign-in',
    arrange: signedOut,
    act: async (page) => {
      await page.getByTestId('email').fill('dona@example.com')
      await page.getByTestId('password').fill('errada')
      await page.getByTestId('sign-in').click()
    },
    ready: 'problem',
  },
  { name: 'sign-in-link', path: '/sign-in?token=0123', arrange: signedOut, ready: 'sign-in-link' },
]

const STATES: [name: string, BotState, StateReason][] = [
  ['starting', 'starting', 'engine_starting'],
  ['qr', 'qr_ready', 'waiting_for_scan'],
  ['qr-paused', 'qr_ready', 'qr_paused'],
  ['pairing', 'pairing', 'scanned'],
  ['passkey', 'passkey_required', 'passkey'],
  ['syncing', 'syncing', 'history_sync'],
  ['connected', 'connected', 'ready'],
  ['reconnecting', 'reconnecting', 'network_lost'],
  ['conflict', 'conflict', 'opened_elsewhere'],
  ['logged-out', 'logged_out', 'logout_by_phone'],
  ['banned', 'banned', 'account_banned'],
  ['failed', 'failed', 'disk_full'],
]
const there = (each: World, state: BotState, reason: StateReason): void =>
  say(each, state, reason, state === 'connected' ? { number: '5511987654321', name: 'Padaria Estrela' } : {})

const CONNECT: Scene[] = [
  ...STATES.map(([name, state, reason]): Scene => ({
    name: `connect-${name}`,
    path: 'tenant',
    arrange: world((each) => there(each, state, reason)),
    ready: 'connect',
  })),
  { name: 'connect-stopped', path: 'tenant', arrange: world((each) => (each.bot.desired = 'stopped')), ready: 'connect' },
  {
    name: 'connect-restoring',
    path: 'tenant',
    arrange: world((each) => {
      there(each, 'connected', 'ready')
      each.bot = { ...each.bot, alive: false, under_way: 'restore' }
    }),
    ready: 'connect',
  },
  {
    name: 'connect-unmade',
    path: 'tenant',
    arrange: world((each) => {
      const instance = {
        state: 'absent',
        detail: `no such image: registry.example.com/zaptria/bot:${'0'.repeat(64)}`,
        at: each.bot.created_at,
      } as const
      each.bot = { ...each.bot, alive: false, last_beat_at: null, instance }
    }),
    ready: 'connect',
  },
  {
    name: 'connect-code',
    path: 'tenant',
    arrange: world((each) => (each.qr.pairing_code = 'ABCD1234')),
    act: click('pair-by-phone'),
    ready: 'pairing-code',
  },
  { name: 'pairing-link', path: 'tenant', act: click('pairing-link'), ready: 'pairing-link-create' },
  {
    name: 'pairing-link-made',
    path: 'tenant',
    act: async (page) => {
      await page.getByTestId('pairing-link').click()
      await page.getByTestId('pairing-link-create').click()
    },
    ready: 'pairing-link-url',
  },
  { name: 'tenant-lost', path: '/tenants/01920000-0000-7000-8000-ffffffffffff', ready: 'problem' },
]

/** As the customer sees it who was sent a link. */
const customer = (state: BotState, reason: StateReason) =>
  world((each) => {
    Object.assign(each, { signedIn: false, pairingToken: 'token' })
    there(each, state, reason)
  })
const byCode = async (page: Page): Promise<void> => {
  // Of the two ways in, the first. The switch of languages below is there sooner.
  await page.getByTestId('pairing').locator('[aria-pressed]').first().click()
  await page.getByTestId('pair-phone').waitFor()
}

const PAIRING: Scene[] = [
  { name: 'pair-over', path: '/pair#wrong', arrange: signedOut, ready: 'pairing-over' },
  { name: 'pair-starting', path: '/pair#token', arrange: customer('starting', 'engine_starting'), ready: 'pairing-sentence' },
  { name: 'pair-qr', path: '/pair#token', arrange: customer('qr_ready', 'waiting_for_scan'), ready: 'qr' },
  { name: 'pair-qr-paused', path: '/pair#token', arrange: customer('qr_ready', 'qr_paused'), ready: 'qr-show' },
  { name: 'pair-code', path: '/pair#token', arrange: customer('qr_ready', 'waiting_for_scan'), act: byCode, ready: 'pair-phone' },
  {
    name: 'pair-code-given',
    path: '/pair#token',
    arrange: customer('qr_ready', 'waiting_for_scan'),
    act: async (page) => {
      await byCode(page)
      await page.getByTestId('pair-phone').fill('+55 11 98765-4321')
      await page.getByTestId('pair-submit').click()
    },
    ready: 'pairing-code',
  },
  { name: 'pair-scanned', path: '/pair#token', arrange: customer('pairing', 'scanned'), ready: 'pairing-sentence' },
  { name: 'pair-syncing', path: '/pair#token', arrange: customer('syncing', 'history_sync'), ready: 'pairing-sentence' },
  { name: 'pair-done', path: '/pair#token', arrange: customer('connected', 'ready'), ready: 'pairing-done' },
  { name: 'pair-passkey', path: '/pair#token', arrange: customer('passkey_required', 'passkey'), ready: 'pairing-again' },
  { name: 'pair-logged-out', path: '/pair#token', arrange: customer('logged_out', 'logout_by_phone'), ready: 'pairing-again' },
  { name: 'pair-banned', path: '/pair#token', arrange: customer('banned', 'account_banned'), ready: 'pairing-sentence' },
]

const TENANT: Scene[] = [
  {
    name: 'details',
    path: 'tenant/details',
    arrange: world((each) => {
      there(each, 'connected', 'ready')
      each.deliveries = [
        makeDelivery({
          status: 'failed',
          attempts: [{ at: each.bot.state.at, status: 500, duration_ms: 12, error: 'answered 500', response: null }],
        }),
      ]
    }),
    act: click('webhook-deliveries'),
    ready: 'webhook-delivery',
  },
  {
    name: 'details-snapshots',
    path: 'tenant/details',
    arrange: world((each) => {
      there(each, 'connected', 'ready')
      snapshotsOfAllKinds(each)
    }),
    act: (page) => page.getByTestId('snapshot-verify').first().click(),
    ready: 'snapshot',
  },
  { name: 'details-error', path: 'tenant/details', arrange: broken, ready: 'problem' },
  { name: 'details-confirm', path: 'tenant/details', act: click('deed-remove'), ready: 'confirm' },
  {
    name: 'webhook-new',
    path: 'tenant/details',
    act: async (page) => {
      await page.getByTestId('webhook-new').click()
      await page.getByTestId('webhook-all').click()
    },
    ready: 'webhook-create',
  },
  {
    name: 'webhook-refused',
    path: 'tenant/details',
    act: async (page, { api }) => {
      await page.getByTestId('webhook-new').click()
      await page.getByTestId('webhook-url').fill('http://loja.example.com/in')
      api.refuseNext('POST', '/webhooks', 'validation_failed', [{ path: 'url', message: '', code: 'https_required' }])
      await page.getByTestId('webhook-create').click()
      await page.locator('[data-testid=webhook-url][aria-invalid]').waitFor()
    },
    ready: 'webhook-create',
  },
  {
    name: 'webhook-secret',
    path: 'tenant/details',
    act: async (page) => {
      await page.getByTestId('webhook-new').click()
      await page.getByTestId('webhook-url').fill('https://loja.example.com/in')
      await page.getByTestId('webhook-create').click()
    },
    ready: 'webhook-secret',
  },
  {
    name: 'details-alert',
    path: 'tenant/details',
    arrange: world(({ tenants, alerts }) =>
      tenants.forEach((tenant) => alerts.push(makeAlert(tenant, 'number_shared', `+5511900000001: ${LONG}, ${UNBROKEN}`))),
    ),
    ready: 'alert-detail',
  },
  { name: 'flow', path: 'tenant/flow', ready: 'flow-publish' },
  {
    name: 'flow-activate',
    path: 'tenant/flow',
    arrange: world((each) => addVersion(each, { ...SAMPLE_FLOW, name: LONG })),
    act: click('flow-activate'),
    ready: 'flow-diff',
  },
  { name: 'flow-none', path: 'tenant/flow', arrange: world((each) => (each.versions = [])), ready: 'flow-none' },
]

const CONVERSATIONS: Scene[] = [
  { name: 'conversations', path: 'tenant/conversations', arrange: world(talk), ready: 'conversation' },
  {
    name: 'conversations-empty',
    path: 'tenant/conversations',
    arrange: world((each) => (each.conversations = [])),
    ready: 'conversations-empty',
  },
  { name: 'chat', path: 'chat', arrange: world((each) => say(each, 'connected', 'ready')), ready: 'message' },
  {
    name: 'chat-waits',
    path: 'chat',
    arrange: world((each) => {
      talk(each)
      say(each, 'reconnecting', 'network_lost')
      Object.assign(each.messages.at(-1) ?? {}, {
        status: 'queued',
        wa_id: null,
        expires_at: new Date(Date.now() + 86_400_000).toISOString(),
      })
    }),
    ready: 'message-waits',
  },
  { name: 'chat-of-everything', path: 'chat', arrange: world(talk), ready: 'message' },
  {
    name: 'chat-trouble',
    path: 'chat',
    arrange: world((each) => {
      talk(each)
      const [first] = each.conversations
      if (first !== undefined)
        Object.assign(first, { answering: 'person', stuck: true, bot_resumes_at: new Date(Date.now() + 720_000).toISOString() })
    }),
    ready: 'stuck',
  },
  { name: 'chat-empty', path: 'chat', arrange: world((each) => (each.messages = [])), ready: 'composer' },
  {
    name: 'send-file',
    path: 'chat',
    act: async (page) => {
      await page.getByTestId('composer').fill(LONG)
      await choose(page, 'foto do bolo.png', 'image/png', await page.screenshot())
      await page.getByTestId('file-preview-image').waitFor()
    },
    ready: 'send-file-send',
  },
  {
    name: 'send-file-too-large',
    path: 'chat',
    arrange: world((each) => (each.mediaLimits = { document: 2_000_000, other: 1_000_000 })),
    act: (page) => choose(page, `${UNBROKEN}.pdf`, 'application/pdf', Buffer.alloc(3_000_000)),
    ready: 'file-fault',
  },
  {
    name: 'send-file-several',
    path: 'chat',
    arrange: world((each) => (each.mediaLimits = { document: 10, other: 10 })),
    act: (page) => {
      const names = [`${UNBROKEN}.pdf`, `${UNBROKEN}.txt`, `${LONG}.txt`, 'recado.ogg']
      return page
        .getByTestId('attach-file')
        .setInputFiles(names.map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.alloc(20) })))
    },
    ready: 'send-file-skip',
  },
  {
    name: 'quick-reply-none',
    path: 'chat',
    act: async (page) => {
      await page.getByTestId('composer').pressSequentially('/pi')
      await page.getByTestId('quick-replies').getByText('Manage').or(page.getByText('Gerenciar')).first().waitFor()
      await page.getByTestId('composer').press('Enter')
    },
    ready: 'quick-held',
  },
  {
    name: 'message-menu',
    path: 'chat',
    arrange: world(talk),
    act: (page) => page.getByTestId('message-menu').last().click(),
    ready: 'message-deeds',
  },
]

const DESIGN: Scene[] = [
  { name: 'design', path: '/design', ready: 'design' },
  { name: 'design-dialog', path: '/design', act: click('design-dialog-long'), ready: 'design-dialog-open' },
  { name: 'design-confirm', path: '/design', act: click('design-confirm-error'), ready: 'confirm' },
]

export const SCENES: readonly Scene[] = [...SIGN_IN, ...OVERVIEW, ...CONNECT, ...PAIRING, ...TENANT, ...CONVERSATIONS, ...DESIGN]
