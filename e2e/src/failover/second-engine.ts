import { execFile, spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { waitFor } from '@zaptria/lab/testing'
import { processes, withDescendants } from '../processes.ts'

const run = promisify(execFile)
/** Between this machine and the second one: ours, and theirs. */
const ADDRESSES = { here: '10.215.0.1', there: '10.215.0.2' }

/** Another machine with a Docker engine, as far as one can be made of this one: a network, an engine, a disk and processes of its own. */
export type SecondEngine = {
  /** `unix://…` */
  address: string
  /** Our address on the way to it. */
  here: string
  docker: (...args: string[]) => Promise<string>
  /** Where its volumes lie, on the disk as it is now. */
  volumes: () => string
  /** Power is cut: engine, containers, all at once. Its disk is gone with it. */
  die: () => Promise<void>
  /** Its disk is there again, and it boots: the engine starts what it is to start. */
  boot: () => Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export async function startSecondEngine(image: string): Promise<SecondEngine> {
  const stack = new AsyncDisposableStack()
  const name = `zap${process.pid}`
  const dir = mkdtempSync(join(tmpdir(), 'zaptria-engine-'))
  const disk = { there: join(dir, 'disk'), away: join(dir, 'away') }
  const socket = join(dir, 'docker.sock')
  const docker = async (...args: string[]): Promise<string> =>
    (await run('docker', ['-H', `unix://${socket}`, ...args], { maxBuffer: 64 * 1024 * 1024 })).stdout.trim()
  const ip = (...args: string[]) => run('ip', args)
  const boot = async (): Promise<void> => {
    const argv = ['--data-root', disk.there, '--exec-root', join(dir, 'exec'), '--pidfile', join(dir, 'pid'), '-H', `unix://${socket}`]
    // Of the namespaces the network's alone: the control groups are seen where they are.
    const net = `--net=/var/run/netns/${name}`
    const engine = spawn('nsenter', [net, 'dockerd', ...argv, '--bridge', 'none'], { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const log = createWriteStream(join(dir, 'log'), { flags: 'a' })
    for (const stream of [engine.stdout, engine.stderr]) stream.pipe(log, { end: false })
    engine.unref()
    await waitFor(() => docker('version', '--format', '{{.Server.Version}}'), { timeoutMs: 60_000, what: 'the second engine' })
  }
  const die = async (): Promise<void> => {
    await waitFor(
      () => {
        // The engine and its helpers name its directory; what runs in containers is below them.
        const left = withDescendants(processes(), ({ pid, command }) => pid !== process.pid && command.includes(dir))
        for (const { pid } of left) killNow(pid)
        return left.length === 0
      },
      { timeoutMs: 30_000, everyMs: 50, what: 'the end of all that ran there' },
    )
    await unmountBelow(dir)
    // What is in memory on a real machine.
    for (const volatile of ['pid', 'exec', 'docker.sock']) rmSync(join(dir, volatile), { recursive: true, force: true })
  }
  try {
    stack.defer(async () => {
      await unmountBelow(dir)
      rmSync(dir, { recursive: true, force: true })
    })
    await ip('netns', 'add', name)
    stack.defer(async () => void (await ip('netns', 'del', name)))
    await ip('link', 'add', `${name}h`, 'type', 'veth', 'peer', 'name', `${name}t`, 'netns', name)
    await ip('addr', 'add', `${ADDRESSES.here}/30`, 'dev', `${name}h`)
    await ip('link', 'set', `${name}h`, 'up')
    await ip('-n', name, 'addr', 'add', `${ADDRESSES.there}/30`, 'dev', `${name}t`)
    for (const device of ['lo', `${name}t`]) await ip('-n', name, 'link', 'set', device, 'up')
    await ip('-n', name, 'route', 'add', 'default', 'via', ADDRESSES.here)
    mkdirSync(disk.there)
    await boot()
    stack.defer(die)
    const [from, to] = [
      spawn('docker', ['save', image], { stdio: ['ignore', 'pipe', 'inherit'] }),
      spawn('docker', ['-H', `unix://${socket}`, 'load'], { stdio: ['pipe', 'ignore', 'inherit'] }),
    ]
    const loaded = new Promise((done) => to.once('exit', done))
    await pipeline(from.stdout, to.stdin)
    await loaded
    return {
      address: `unix://${socket}`,
      here: ADDRESSES.here,
      docker,
      volumes: () => join(readdirSync(dir).includes('disk') ? disk.there : disk.away, 'volumes'),
      async die() {
        await die()
        renameSync(disk.there, disk.away)
      },
      async boot() {
        renameSync(disk.away, disk.there)
        await boot()
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** Everything that is mounted there, the innermost first. */
async function unmountBelow(dir: string): Promise<void> {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${dir}/`))
  for (const path of mounts.toSorted().toReversed()) await run('umount', ['--lazy', path])
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
