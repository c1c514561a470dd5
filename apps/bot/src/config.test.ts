import { DEFAULT_PACING } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

const base = { BOT_TOKEN: 'x'.repeat(40), TENANT_ID: 'acme', DASHBOARD_URL: 'https://dash.example' }
const faults = (environment: Record<string, string | undefined>): string[] => {
  try {
    readConfig(environment)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.faults.map((fault) => `${fault.path}: ${fault.message}`)
  }
}

describe('config', () => {
  it('needs no more than the seed gives', () => {
    expect(readConfig({ ...base, NODE_ENV: 'production', PATH: '/bin', HOME: '/root' })).toMatchObject({
      port: 3000,
      linkUrl: null,
      dashboardUrl: 'https://dash.example',
      engine: 'wwebjs',
      dataDir: './.wwebjs_auth',
      pacing: DEFAULT_PACING,
      browser: { sandbox: true, args: [], path: null },
    })
  })

  it('takes an unset variable that was passed on as an empty one', () => {
    expect(readConfig({ ...base, ZAPTRIA_LINK_URL: '', ZAPTRIA_BROWSER_ARGS: '', PORT: undefined }).linkUrl).toBeNull()
  })

  it('knows the seed’s name of the browser', () => {
    expect(readConfig({ ...base, PUPPETEER_EXECUTABLE_PATH: '/usr/bin/chromium-browser' }).browser.path).toBe('/usr/bin/chromium-browser')
  })

  it('fills up pacing', () => {
    expect(readConfig({ ...base, ZAPTRIA_PACING: '{"per_minute":5}' }).pacing).toEqual({ ...DEFAULT_PACING, per_minute: 5 })
  })

  it.each<[string, Record<string, string | undefined>, RegExp]>([
    ['no token', { BOT_TOKEN: undefined }, /^BOT_TOKEN/],
    ['a short token', { BOT_TOKEN: 'x'.repeat(39) }, /^BOT_TOKEN/],
    ['no tenant', { TENANT_ID: '' }, /^TENANT_ID/],
    ['neither dashboard nor link', { DASHBOARD_URL: undefined }, /^DASHBOARD_URL: is required/],
    ['a link by http', { ZAPTRIA_LINK_URL: 'http://x' }, /^ZAPTRIA_LINK_URL: must begin with ws:/],
    ['an unknown setting of ours', { ZAPTRIA_TYPO: '1' }, /^ZAPTRIA_TYPO: no such setting/],
    ['arguments that are no JSON', { ZAPTRIA_BROWSER_ARGS: '--flag' }, /^ZAPTRIA_BROWSER_ARGS: is not JSON/],
    ['pacing that is no pacing', { ZAPTRIA_PACING: '{"per_minute":0}' }, /^ZAPTRIA_PACING/],
    ['a port that is none', { PORT: '99999' }, /^PORT/],
    [
      'browser arguments in production',
      { NODE_ENV: 'production', ZAPTRIA_BROWSER_ARGS: '["--x"]' },
      /^ZAPTRIA_BROWSER_ARGS: is refused in production/,
    ],
    [
      'a simulated engine in production',
      { NODE_ENV: 'production', ZAPTRIA_ENGINE: 'simulated', ZAPTRIA_LAB_URL: 'http://x' },
      /^ZAPTRIA_ENGINE: simulated is refused/,
    ],
    ['a simulated engine of nowhere', { ZAPTRIA_ENGINE: 'simulated' }, /^ZAPTRIA_LAB_URL/],
  ])('refuses %s', (_what, more, fault) => expect(faults({ ...base, ...more })).toEqual([expect.stringMatching(fault)]))

  it('lets the Lab do in production what production may not', () => {
    expect(faults({ ...base, NODE_ENV: 'production', ZAPTRIA_LAB: '1', ZAPTRIA_BROWSER_ARGS: '["--x"]' })).toEqual([])
  })

  it('names all faults at once, and never the token', () => {
    const all = faults({ BOT_TOKEN: 'secret-but-short', ZAPTRIA_A: '1', ZAPTRIA_B: '1' })
    expect(all.length).toBeGreaterThanOrEqual(4)
    expect(all.join()).not.toContain('secret')
  })
})
