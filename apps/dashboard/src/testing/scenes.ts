import { SAMPLE_FLOW } from '@zaptria/core'
import type { Page } from 'playwright-core'
import type { Visit } from './browser.ts'
import { LONG, UNBROKEN, alarmed, serversAway } from './scene-alerts.ts'
import { CONNECT, PAIRING } from './scene-connect.ts'
import { snapshotsOfAllKinds } from './scene-snapshots.ts'
import { talk } from './scene-talk.ts'
import { click, signedOut, there, unanswered, world, type Scene } from './scene.ts'
import { addVersion, makeAlert, makeDelivery, makeTenant, say, uuid, type World } from './world.ts'

const broken = ({ api }: Visit): void => void (api.broken = 'unavailable')
const choose = (page: Page, name: string, mimeType: string, buffer: Buffer) =>
  page.getByTestId('attach-file').setInputFiles({ name, mimeType, buffer })

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
  { name: 'overview-silent', path: '/', arrange: world(unanswered), ready: 'by-hand' },
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
  {
    name: 'sign-in-over',
    path: '/',
    act: async (page, { api }) => {
      await page.getByTestId('tenant').first().waitFor()
      api.world.signedIn = false
      await page.reload()
    },
    ready: 'signed-out',
  },
  {
    name: 'session-over',
    path: 'chat',
    arrange: world((each) => say(each, 'connected', 'ready')),
    act: async (page, { api }) => {
      await page.getByTestId('composer').fill('já estou vendo')
      api.world.signedIn = false
      await page.getByTestId('composer').press('Enter')
    },
    ready: 'session-over',
  },
  { name: 'sign-in-link', path: '/sign-in?token=0123', arrange: signedOut, ready: 'sign-in-link' },
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
