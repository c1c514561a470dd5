import type { BotState, StateReason } from '@zaptria/contract'
import type { Page } from 'playwright-core'
import { click, signedOut, there, unanswered, world, type Scene } from './scene.ts'

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
export const CONNECT: Scene[] = [
  ...STATES.map(([name, state, reason]): Scene => ({
    name: `connect-${name}`,
    path: 'tenant',
    arrange: world((each) => there(each, state, reason)),
    ready: 'connect',
  })),
  { name: 'connect-silent', path: 'tenant', arrange: world(unanswered), ready: 'answered-by-people' },
  {
    name: 'connect-silent-later',
    path: 'tenant',
    arrange: world((each) => {
      unanswered(each)
      each.bot.state.at = each.bot.created_at
    }),
    ready: 'answered-by-people',
  },
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

export const PAIRING: Scene[] = [
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
  {
    name: 'pair-done',
    path: '/pair#token',
    arrange: customer('syncing', 'history_sync'),
    act: async (page, { api }) => {
      await page.getByTestId('pairing-sentence').waitFor()
      there(api.world, 'connected', 'ready')
    },
    ready: 'pairing-done',
  },
  { name: 'pair-used', path: '/pair#token', arrange: customer('connected', 'ready'), ready: 'pairing-used' },
  { name: 'pair-passkey', path: '/pair#token', arrange: customer('passkey_required', 'passkey'), ready: 'pairing-again' },
  { name: 'pair-logged-out', path: '/pair#token', arrange: customer('logged_out', 'logout_by_phone'), ready: 'pairing-again' },
  { name: 'pair-banned', path: '/pair#token', arrange: customer('banned', 'account_banned'), ready: 'pairing-sentence' },
]
