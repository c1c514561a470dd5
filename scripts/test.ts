import { spawn } from 'node:child_process'
import type { StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { summaryLine } from './summary-reporter.ts'
import type { TestCounts } from './summary-reporter.ts'

const ROOT = join(import.meta.dirname, '..')
const args = process.argv.slice(2)
const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name)

/** Every folder with a tsconfig.json of its own, so that a new package is checked without being named here. */
function projects(): string[] {
  return ['packages', 'apps', '.']
    .flatMap((group) => readdirSync(join(ROOT, group), { withFileTypes: true }).map((entry) => join(group, entry.name)))
    .filter((path) => !path.includes('node_modules'))
    .flatMap((path) => ['tsconfig.json', 'tsconfig.web.json'].map((file) => join(path, file)))
    .filter((file) => existsSync(join(ROOT, file)))
}

type Ended = { code: number; how: string }

async function start(command: string, argv: string[], options: { stdio: StdioOptions; env?: NodeJS.ProcessEnv }): Promise<Ended> {
  const [code, signal] = (await once(spawn(command, argv, { cwd: ROOT, ...options }), 'exit')) as [number | null, string | null]
  return { code: code ?? 1, how: signal === null ? '' : ` (${signal})` }
}

const node = (argv: string[], env: NodeJS.ProcessEnv = process.env): Promise<Ended> =>
  start(process.execPath, argv, { stdio: 'inherit', env })

/** Beside something else that people watch: what it says is printed when it has ended. `within` is a command that starts it. */
async function beside(argv: string[], { env = process.env, within = [] as string[] } = {}): Promise<Ended & { said: string }> {
  const [command, ...rest] = [...within, process.execPath, ...argv] as [string, ...string[]]
  const child = spawn(command, rest, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  process.once('exit', () => child.kill())
  const [out, error, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: (code as number | null) ?? 1, how: signal === null ? '' : ` (${String(signal)})`, said: error + out }
}

async function must(what: string, argv: string[]): Promise<void> {
  console.log(`\n— ${what}`)
  const { code, how } = await node(argv)
  if (code === 0) return
  console.error(`\n${what}: failed${how}`)
  process.exit(code)
}

/** Tests with containers run the images of this very source. Without an engine they are skipped, aloud and counted. */
async function buildImages(): Promise<string> {
  const there = await start('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore' }).catch(() => ({ code: 1 }))
  if (there.code !== 0) return 'no Docker engine answers, so that tests with containers will be skipped'
  const { code, said } = await beside([join(ROOT, 'scripts/image.ts')])
  return code === 0 ? said : `${said}\nImages: not built, so that tests with containers will be skipped`
}

/**
 * A command that starts another one in a network of its own, which has loopback alone; undefined where the kernel refuses it.
 *
 * Each container that comes or goes changes the machine's interfaces, and then Chromium aborts the requests of every page (ERR_NETWORK_CHANGED).
 */
async function ownNetwork(): Promise<string[] | undefined> {
  // PostgreSQL refuses to be root, so that nobody becomes it here.
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-current-user', '--keep-caps']
  const within = ['unshare', '--net', ...user, 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh']
  const { code } = await start(within[0]!, [...within.slice(1), 'true'], { stdio: 'ignore' }).catch(() => ({ code: 1 }))
  return code === 0 ? within : undefined
}

/** All of them: first two at a time, then those with containers, which wait for most of their time, beside those that only calculate. */
async function testAll(): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'zaptria-counts-'))
  const env = { ...process.env, TEST_COUNTS: join(dir, 'counts') }
  const vitest = (project: string): string[] => [bin('vitest'), 'run', '--project', project]
  try {
    const all = await node(vitest('all'), env)
    const within = await ownNetwork()
    const inspect = () => beside(vitest('pages'), { env, within })
    const besideContainers = within && inspect()
    const docker = await node(vitest('docker'), env)
    const pages = await (besideContainers ?? inspect())
    console.log(pages.said)
    const lines = existsSync(env.TEST_COUNTS) ? readFileSync(env.TEST_COUNTS, 'utf8').trim().split('\n') : []
    const counts = lines.map((line) => JSON.parse(line) as TestCounts)
    const sum = (of: keyof TestCounts): number => counts.reduce((total, each) => total + each[of], 0)
    // One that ended without a word has tested nothing.
    const lost = 3 - counts.length
    console.log(summaryLine({ passed: sum('passed'), failed: sum('failed') + lost, skipped: sum('skipped') }))
    return [all, docker, pages].find(({ code }) => code !== 0)?.code ?? (lost > 0 ? 1 : 0)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

if (args[0] === '--format') {
  await must('Format', [bin('oxfmt'), ...args.slice(1)])
} else {
  const only = args.filter((arg) => arg !== '--static')
  const tests = !args.includes('--static')
  const withContainers = tests && (only.length === 0 || only.some((path) => path.includes('docker')))
  // Half of it is waiting for packages.
  const images = withContainers ? buildImages() : undefined
  if (only.length === 0) {
    await must('Format', [bin('oxfmt'), '--check'])
    await must('Lint', [bin('oxlint'), '--deny-warnings'])
    for (const project of projects()) await must(`Types of ${project}`, [bin('tsc'), '-p', project])
  }
  if (images !== undefined) console.log(`\n— Images\n${await images}`)
  if (tests) {
    console.log('\n— Tests')
    const code = only.length === 0 ? await testAll() : (await node([bin('vitest'), 'run', ...only])).code
    if (code !== 0) console.error('\nTests: failed')
    process.exitCode = code
  }
}
