import { startControlServer } from './control/server.ts'
import { keepState, loadState } from './domain/persist.ts'
import type { Generation } from './domain/types.ts'
import { World } from './domain/world.ts'
import { startPageServer } from './page/server.ts'
import { localScenario } from './scenario/scenario.ts'
import type { Scenario } from './scenario/scenario.ts'
import { rememberChatStates } from './scenario/watch.ts'
import { Gateway } from './wire/gateway.ts'

export type LabOptions = {
  /** Of the page, TLS; 0 or absent: any free one. */
  port?: number
  controlPort?: number
  /** Where both listen. Loopback, unless containers have to reach it. */
  host?: string
  generation?: Generation
  /** A JSON file that keeps accounts, linked devices and messages over a restart. */
  state?: string
  now?: () => number
}

export type Lab = {
  port: number
  /** What Chromium needs, and nothing else in the client, to take the Lab for WhatsApp. */
  browserArgs: string[]
  control: string
  phone: string
  simulated: string
  scenario: Scenario
  /** Names of `WA*` modules that clients asked for and the Lab does not know at all. */
  unknownModules(): string[]
  /** Of those, that it leaves out on purpose; `errors`: frames that made no sense. */
  reports(): { unsupportedModules: string[]; errors: string[] }
  close(): Promise<void>
}

export const startLab = async (options: LabOptions = {}): Promise<Lab> => {
  const host = options.host ?? '127.0.0.1'
  const state = options.state === undefined ? undefined : loadState(options.state)
  const world = new World({
    ...(options.generation ? { generation: options.generation } : {}),
    ...(options.now ? { now: options.now } : {}),
    ...(state ? { state } : {}),
  })
  const gateway = new Gateway(world)
  rememberChatStates(gateway)
  const closing = new AbortController()
  const page = await startPageServer(gateway, { port: options.port ?? 0, host })
  const control = await startControlServer(gateway, { port: options.controlPort ?? 0, host, signal: closing.signal })
  const stopKeeping = options.state === undefined ? null : keepState(world, options.state)
  return {
    port: page.port,
    browserArgs: [
      `--host-resolver-rules=MAP web.whatsapp.com ${host === '0.0.0.0' ? '127.0.0.1' : host}:${page.port}, MAP * ~NOTFOUND`,
      `--ignore-certificate-errors-spki-list=${page.spki}`,
    ],
    control: control.url,
    phone: `${control.url}/phone/`,
    simulated: `${control.url.replace('http', 'ws')}/simulated`,
    scenario: localScenario(gateway, closing.signal),
    unknownModules: () => [...new Set(gateway.reports.unknown_module)],
    reports: () => ({ unsupportedModules: [...new Set(gateway.reports.unsupported_module)], errors: gateway.reports.error }),
    close: async () => {
      closing.abort()
      gateway.close()
      stopKeeping?.()
      await Promise.all([page.close(), control.close()])
    },
  }
}
