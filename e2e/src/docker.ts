import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hubNetwork } from '@zaptria/contract'
import { docker, sweepDocker, waitFor } from '@zaptria/lab/testing'
import type { Api } from './api.ts'

/** A pool apart from the product's, so that a developer's own bots are not in the way. */
export const E2E_POOL = '10.212.0.0/16'

/** All that an installation made on the engine, and its hub. */
export async function sweep(serverId: string | undefined): Promise<void> {
  if (serverId !== undefined) await sweepDocker(serverId)
  await docker('network', 'rm', hubNetwork(E2E_POOL)).catch(() => '')
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
