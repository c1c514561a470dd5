import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { DOCKER_LABEL } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import type { Api } from './api.ts'

const run = promisify(execFile)

/** The docker command, for what people do by hand. Answers with what it printed. */
export async function docker(...args: string[]): Promise<string> {
  return (await run('docker', args, { maxBuffer: 64 * 1024 * 1024 })).stdout.trim()
}

/** Another tag than what everybody builds, when one is being tried. */
export const IMAGE = process.env['TEST_BOT_IMAGE'] ?? 'zaptria/bot:latest'

/** Why tests with containers cannot run here; null when they can. */
export async function dockerMissing(): Promise<string | null> {
  try {
    await docker('version', '--format', '{{.Server.Version}}')
    await docker('image', 'inspect', IMAGE)
    return null
  } catch (error) {
    return /No such image/.test(String(error)) ? `the image ${IMAGE} is not built (npm run image)` : 'no Docker engine answers'
  }
}

/** A pool apart from the product's, so that a developer's own bots are not in the way. */
export const E2E_POOL = '10.212.0.0/16'
const HUB = 'zaptria-hub-10-212-0-0-16'

/** Removes all that an installation made on the engine, volumes included: only a test may. */
export async function sweep(serverId: string | undefined): Promise<void> {
  const filter = `label=${DOCKER_LABEL.server}=${serverId}`
  for (const [noun, ...list] of [
    ['container', 'ls', '-aq'],
    ['network', 'ls', '-q'],
    ['volume', 'ls', '-q'],
  ] as const) {
    const ids = serverId === undefined ? [] : (await docker(noun, ...list, '--filter', filter)).split('\n').filter((id) => id !== '')
    if (ids.length > 0) await docker(noun, 'rm', ...(noun === 'network' ? [] : ['--force']), ...ids)
  }
  await docker('network', 'rm', HUB).catch(() => '')
}

export async function dockerServer(api: Api): Promise<string> {
  const { items } = await api.call<{ items: { id: string; driver: string }[] }>('GET', '/servers')
  const server = items.find(({ driver }) => driver === 'docker')
  if (server === undefined) throw new Error(`no docker server among ${JSON.stringify(items)}`)
  return server.id
}

type Inside = { pid: number; command: string }

/** What runs in a container, with the host's process ids. */
export async function inside(container: string): Promise<Inside[]> {
  return (await docker('top', container, '-eo', 'pid,args'))
    .split('\n')
    .slice(1)
    .map((line) => /^\s*(\d+)\s+(.*)$/.exec(line))
    .map((found) => ({ pid: Number(found?.[1]), command: found?.[2] ?? '' }))
}

const roles = {
  init: (command: string): boolean => command.includes('tini'),
  node: (command: string): boolean => /^\S*node /.test(command),
  browser: (command: string): boolean => /chromium|headless/.test(command) && !command.includes('--type='),
  renderer: (command: string): boolean => command.includes('--type=renderer'),
}

/** The host's process id of a part of a bot's container. */
export async function pidOf(container: string, role: keyof typeof roles): Promise<number> {
  const all = await inside(container)
  const found = all.find(({ command }) => roles[role](command))
  if (found === undefined) throw new Error(`no ${role} in ${container}: ${all.map(({ command }) => command.slice(0, 80)).join(' | ')}`)
  return found.pid
}

/** This host is for tests: its engine may be restarted, its packet filter set up. */
export const ownHost = process.env['TEST_OWN_HOST'] === '1'

/** Ends the engine as its service manager would, and starts it again with the same words. */
export async function restartDocker(): Promise<void> {
  const pid = Number(readFileSync('/var/run/docker.pid', 'utf8'))
  const [command = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  process.kill(pid, 'SIGTERM')
  const gone = (): boolean => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
    } catch {
      return true
    }
  }
  await waitFor(gone, { timeoutMs: 60_000, what: 'the engine to end' })
  spawn(command, args, { stdio: 'ignore', detached: true }).unref()
  await waitFor(() => docker('version', '--format', '{{.Server.Version}}'), {
    timeoutMs: 60_000,
    everyMs: 200,
    what: 'the engine to be back',
  })
}
