import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import wwebjs from 'whatsapp-web.js'
import type { Client, ClientOptions } from 'whatsapp-web.js'
import type { Lab } from '../server.ts'

/** The unmodified library in a real browser: what the Lab is measured against. */

const candidates = [
  '/usr/lib/chromium/chromium-headless-shell',
  '/usr/bin/chromium-headless-shell',
  '/usr/lib/chromium/chromium',
  '/usr/bin/chromium',
]

export const browserPath = (): string => {
  const found = [process.env['ZAPTRIA_CHROMIUM'] ?? '', ...candidates].find((path) => path !== '' && existsSync(path))
  if (found === undefined) throw new Error('no Chromium found; install chromium-headless-shell, or set ZAPTRIA_CHROMIUM')
  return found
}

/** What happened to a client, in order, to wait for and to look back at. */
export class Recorder {
  readonly events: { name: string; args: unknown[] }[] = []
  readonly #waiting = new Set<() => void>()

  constructor(client: Client) {
    const emit = client.emit.bind(client) as (name: string, ...args: unknown[]) => boolean
    Object.assign(client, {
      emit: (name: string, ...args: unknown[]): boolean => {
        this.events.push({ name, args })
        const heard = emit(name, ...args)
        this.#waiting.forEach((look) => look())
        return heard
      },
    })
  }

  named(name: string): unknown[][] {
    return this.events.filter((event) => event.name === name).map((event) => event.args)
  }

  /** The first such event, past or to come. */
  async wait<T>(name: string, fits: (...args: T[]) => boolean = () => true, ms = 15_000): Promise<T> {
    const find = (): unknown[] | undefined => this.named(name).find((args) => fits(...(args as T[])))
    const found = find()
    if (found) return found[0] as T
    return new Promise<T>((resolve, reject) => {
      const look = (): void => {
        const now = find()
        if (!now) return
        end()
        resolve(now[0] as T)
      }
      const end = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(look)
      }
      const timer = setTimeout(() => {
        end()
        reject(new Error(`no ${name} within ${ms} ms; there was: ${this.events.map((event) => event.name).join(', ') || 'nothing'}`))
      }, ms)
      this.#waiting.add(look)
    })
  }
}

export type Started = { client: Client; recorder: Recorder; initialized: Promise<void> }

/** A client on a profile, started (`background`: and not waited for), for the time of a function; its browser is closed afterwards. */
export const withClient = async <T>(
  lab: Lab,
  profile: string,
  body: (started: Started) => Promise<T>,
  { background = false, ...options }: Partial<ClientOptions> & { background?: boolean } = {},
): Promise<T> => {
  const client = new wwebjs.Client({
    authStrategy: new wwebjs.LocalAuth({ dataPath: profile }),
    webVersionCache: { type: 'none' },
    ...options,
    puppeteer: { headless: true, executablePath: browserPath(), args: ['--no-sandbox', ...lab.browserArgs] },
  })
  const recorder = new Recorder(client)
  let closing = false
  // The library injects again at every navigation, and lets nobody catch what comes of it when the browser goes.
  const injectable = client as Client & { inject(): Promise<void> }
  const inject = injectable.inject.bind(client)
  injectable.inject = () =>
    inject().catch((error: unknown) => {
      if (!closing) throw error
    })
  try {
    const initialized = client.initialize()
    if (background) initialized.catch(() => undefined)
    else await initialized
    return await body({ client, recorder, initialized })
  } finally {
    closing = true
    const browser = client.pupBrowser
    await browser?.close().catch(() => undefined)
    browser?.process()?.kill('SIGKILL')
  }
}

/** A directory for profiles, removed afterwards. */
export const withProfile = async <T>(body: (profile: string) => Promise<T>): Promise<T> => {
  const profile = await mkdtemp(join(tmpdir(), 'lab-profile-'))
  try {
    return await body(profile)
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

export const shop = '5511900000001'
export const ana = '5511988887777'

/** One account, one contact. */
export const populate = async (
  { scenario }: Lab,
  contact: Parameters<Lab['scenario']['createContact']>[0] = { phone: ana, name: 'Ana' },
): Promise<void> => {
  await scenario.createAccount({ number: shop, name: 'Loja' })
  await scenario.createContact(contact)
}

/** From the first QR to `ready`. */
export const pair = async ({ scenario }: Lab, { recorder }: Started): Promise<void> => {
  const qr = await recorder.wait<string>('qr')
  await scenario.scan({ account: shop, qr })
  await recorder.wait('ready')
}
