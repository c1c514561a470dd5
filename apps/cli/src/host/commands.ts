import { spawn } from 'node:child_process'
import { BOTS_NETWORK } from '@zaptria/contract'
import type { Context, Result } from '../command.ts'
import { command, Problem, UsageError } from '../command.ts'
import { oneOf, readAddress, readIpv4, readPool } from '../values.ts'
import { overlap } from './ranges.ts'
import { defaultListener } from './rules.ts'
import { demoBeside, textOf } from './settings.ts'
import { rulesVersion, setupScript, undoScript } from './script.ts'

const readBackend = oneOf('auto', 'nft', 'iptables')
const print = { kind: 'flag', summary: 'print the script instead of running it; it needs nothing but sh' } as const

export const hostSetup = command({
  name: 'host setup',
  summary: 'install the rules that keep bots apart from the host and its networks',
  details: `Run it as root on each machine whose Docker runs bots; again whenever you like. Bots may then reach the internet, but not port 25,
and their listener; no neighbour, no other port of the host, no private network, no metadata service. Other machines reach neither.`,
  options: {
    backend: {
      kind: 'value',
      placeholder: 'auto|nft|iptables',
      summary: 'what the rules are made with (auto: what Docker uses)',
      parse: readBackend,
    },
    pool: {
      kind: 'values',
      placeholder: 'RANGE',
      summary: `the ZAPTRIA_BOTS_POOL of an installation on this machine (default ${BOTS_NETWORK.pool})`,
      parse: readPool,
    },
    listen: {
      kind: 'values',
      placeholder: 'ADDR:PORT',
      summary: `where bots reach the control plane (default ${textOf(defaultListener(BOTS_NETWORK.pool))}, of another pool its first address)`,
      parse: readAddress,
    },
    demo: { kind: 'flag', summary: 'also open what "npm run demo" needs: its simulated WhatsApp, two ports after each listener' },
    'allow-dns': {
      kind: 'values',
      placeholder: 'ADDR',
      summary: 'a resolver that bots may ask (default: those of the host)',
      parse: readIpv4,
    },
    print,
  },
  run: (given, context) => {
    const pools = given.pool.length === 0 ? [BOTS_NETWORK.pool] : [...new Set(given.pool)]
    const clash = pools.flatMap((one, index) =>
      pools.slice(index + 1).flatMap((other) => (overlap(one, other) ? [`${one} and ${other}`] : [])),
    )
    if (clash[0] !== undefined) throw new UsageError(`--pool: ${clash[0]} overlap. See: zaptria host setup --help`)
    const listen = given.listen.length === 0 ? pools.map(defaultListener) : given.listen
    const script = setupScript({
      backend: given.backend ?? 'auto',
      pools,
      listen: given.demo ? [...listen, ...listen.map(demoBeside)] : listen,
      dns: given['allow-dns'].length === 0 ? 'found' : given['allow-dns'],
    })
    return printOrRun(given.print, script, 'setup', context)
  },
})

export const hostUndo = command({
  name: 'host undo',
  summary: 'remove all that host setup has installed',
  options: { print },
  run: (given, context) => printOrRun(given.print, undoScript(), 'undo', context),
})

async function printOrRun(printed: boolean, script: string, what: string, { say }: Context): Promise<Result> {
  if (printed) return { code: 0, data: { version: rulesVersion(), script }, text: script }
  if (process.getuid?.() !== 0)
    throw new Problem(`"host ${what}" changes the rules of this machine, which takes root.`, `Do: zaptria host ${what} --print | sudo sh`)
  const { code, output } = await runScript(script, say)
  return { code: code === 0 ? 0 : 1, data: { version: rulesVersion(), done: code === 0, output } }
}

/** By sh, from its standard input, as a pipe would do it; what it prints is told line by line. */
function runScript(script: string, say: (line: string) => void): Promise<{ code: number; output: string[] }> {
  return new Promise((done, fail) => {
    const output: string[] = []
    const tell = (chunk: string): void => {
      for (const line of chunk.split('\n').filter((text) => text !== '')) {
        output.push(line)
        say(line)
      }
    }
    const child = spawn('sh', ['-s'], { stdio: ['pipe', 'pipe', 'pipe'] })
    child.on('error', fail)
    child.stdin.on('error', () => {})
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', tell)
    child.on('close', (code) => done({ code: code ?? 1, output }))
    child.stdin.end(script)
  })
}
