import { oneOf } from '../values.ts'
import type { Check } from './check.ts'
import { fail, ok, skip, warn } from './check.ts'
import { judgeSpace } from './docker.ts'
import { kernelChecks } from './kernel.ts'
import type { Machine } from './machine.ts'

export const DRIVERS = ['process', 'docker'] as const
export type Driver = (typeof DRIVERS)[number]
export const readDriver: (text: string) => Driver = oneOf(...DRIVERS)

/**
 * How bots are to run on this machine: as it is said, as the control plane is told; else as processes where there is no Docker at all, and nothing names
 * one or was set up for it.
 */
export async function driverOf(machine: Machine, said: Driver | undefined, env: NodeJS.ProcessEnv): Promise<Driver> {
  const named = said ?? DRIVERS.find((driver) => driver === env['ZAPTRIA_DRIVER'])
  if (named !== undefined) return named
  if (env['ZAPTRIA_DOCKER_HOST'] !== undefined || env['DOCKER_HOST'] !== undefined) return 'docker'
  if ((await machine.space(machine.etc)) !== null) return 'docker'
  return machine.docker.get('/version').then(
    () => 'docker',
    (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? 'process' : 'docker'),
  )
}

const NODE_AT_LEAST = 24
const BROWSERS = [
  '/usr/lib/chromium/chromium-headless-shell',
  '/usr/lib/chromium/chromium',
  'chromium-headless-shell',
  'chrome-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
/** What a bot with a browser takes when it is busy, and the control plane beside it. */
const ENOUGH_MB = 1024

/** What bots need that run as processes of the control plane: no container, no network of their own. */
export const processChecks = (env: NodeJS.ProcessEnv, nodeVersion: string, dir: string): readonly Check[] => [
  {
    id: 'node',
    title: 'Node',
    run: () => {
      const fix = `Install Node ${NODE_AT_LEAST} or newer (https://nodejs.org), or start by npm start, which brings its own`
      return Promise.resolve(Number.parseInt(nodeVersion, 10) >= NODE_AT_LEAST ? ok(nodeVersion) : fail(`${nodeVersion} is too old`, fix))
    },
  },
  {
    id: 'browser',
    title: 'Chromium',
    run: async (machine) => {
      const set = env['ZAPTRIA_BROWSER_PATH']
      for (const path of set === undefined ? BROWSERS : [set]) {
        const { code, stdout } = await machine.run(path, ['--version'])
        if (code === 0 && /chrom/i.test(stdout)) return ok(stdout.trim())
      }
      return set === undefined
        ? fail(
            'there is none',
            'Debian: sudo apt install chromium-headless-shell; elsewhere install Chromium or Chrome, or set ZAPTRIA_BROWSER_PATH',
          )
        : fail(`ZAPTRIA_BROWSER_PATH is ${set}, which does not answer to --version`, 'Set it to the path of a Chromium, or leave it out')
    },
  },
  {
    id: 'memory',
    title: 'Memory',
    run: async (machine) => {
      const found = /^MemAvailable:\s+(\d+) kB$/m.exec((await machine.read('/proc/meminfo')) ?? '')
      if (found === null) return skip('/proc/meminfo does not tell')
      const megabytes = Math.round(Number(found[1]) / 1024)
      const told = `${megabytes} MB are free`
      return megabytes < ENOUGH_MB ? warn(told, `A bot takes up to 512 MB: keep ${ENOUGH_MB} MB free for the first one`) : ok(told)
    },
  },
  {
    id: 'space',
    title: 'Disk',
    run: async (machine) => {
      const space = await machine.space(dir)
      return space === null ? skip(`${dir} cannot be seen`) : judgeSpace(dir, space, 'Make room: sessions and messages are kept there')
    },
  },
  ...kernelChecks.map(({ id, title, run }) => ({ id, title, run })),
]
