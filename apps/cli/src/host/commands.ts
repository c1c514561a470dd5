import { spawn } from 'node:child_process'
import type { Context, Result } from '../command.ts'
import { command, Problem } from '../command.ts'
import { oneOf, readAddress, readIpv4 } from '../values.ts'
import { DEFAULT_LISTENER, HUB, POOL } from './rules.ts'
import { rulesVersion, setupScript, undoScript } from './script.ts'

const readBackend = oneOf('auto', 'nft', 'iptables')
const print = { kind: 'flag', summary: 'print the script instead of running it; it needs nothing but sh' } as const

export const hostSetup = command({
  name: 'host setup',
  summary: 'install the rules that keep bots apart from the host and its networks',
  details: `Run it as root on each machine whose Docker runs bots; again whenever you like. Bots (${POOL}) may then reach the internet, but not port 25,
and their listener; no neighbour, no other port of the host, no private network, no metadata service.`,
  options: {
    backend: {
      kind: 'value',
      placeholder: 'auto|nft|iptables',
      summary: 'what the rules are made with (auto: what Docker uses)',
      parse: readBackend,
    },
    listen: {
      kind: 'values',
      placeholder: 'ADDR:PORT',
      summary: `where bots reach the control plane (default ${HUB}:${DEFAULT_LISTENER.port})`,
      parse: readAddress,
    },
    'allow-dns': {
      kind: 'values',
      placeholder: 'ADDR',
      summary: 'a resolver that bots may ask (default: those of the host)',
      parse: readIpv4,
    },
    print,
  },
  run: (given, context) => {
    const script = setupScript({
      backend: given.backend ?? 'auto',
      listen: given.listen.length === 0 ? [DEFAULT_LISTENER] : given.listen,
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
