import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DOCKER_LABEL } from '@zaptria/contract'
import { ETC } from '../apps/cli/src/host/script.ts'
import { DEMO_SHIFT } from '../apps/cli/src/host/settings.ts'
import { makeSampleTenant } from './up/demo.ts'
import { prepareDocker, type Hub } from './up/docker.ts'
import { judgeHostRules } from './up/host-rules.ts'
import { takeInstance } from './up/instance.ts'
import { keepPostgres } from './up/postgres.ts'
import { supervise, type Supervised } from './up/supervise.ts'
import { readArguments, runProgram } from './usage.ts'

const ROOT = join(import.meta.dirname, '..')
const DATA = process.env['ZAPTRIA_DATA_DIR'] ?? join(ROOT, 'var')
const USAGE = `npm start             the product, with a PostgreSQL of its own
npm run demo          with a simulated WhatsApp and a sample tenant besides
Settings are environment variables (README.md): PORT=9080 npm start, ZAPTRIA_DRIVER=docker npm run demo`
const demo = process.argv.includes('--demo')
const port = Number(process.env['PORT'] ?? 8080)
/** Four in a row: people, bots, the demo's phone, the demo's WhatsApp (for containers, whose host opens it to them; else any free one). */
const LAST_FIRST_PORT = 65_532
const ports = { public: port, bots: port + 1, lab: port + 2, whatsapp: port + 1 + DEMO_SHIFT }
/** Bots in containers, not in processes. */
const docker = process.env['ZAPTRIA_DRIVER'] === 'docker'
const url = `http://127.0.0.1:${ports.public}`

const say = (text: string): void => console.log(`  ${text}`)
const stops: (() => Promise<void> | void)[] = []
let stopping: Promise<void> | undefined

/** In reverse order of starting; a second Ctrl-C does not wait. */
function stop(code: number): Promise<void> {
  stopping ??= (async () => {
    for (const end of stops.toReversed()) await end()
    process.exit(code)
  })()
  return stopping
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (stopping !== undefined) return
    console.log('\n  Stopping …')
    void stop(0)
  })

await runProgram(USAGE, async () => {
  readArguments({ options: { demo: { type: 'boolean' } } })
  try {
    await up()
  } catch (error) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`)
    await stop(1)
  }
})

async function up(): Promise<void> {
  if (!Number.isInteger(port) || port < 1 || port > LAST_FIRST_PORT)
    throw new Error(`PORT is ${process.env['PORT']}; use a number from 1 to ${LAST_FIRST_PORT}: the three after it are taken too.`)
  const instance = takeInstance(DATA, { url })
  stops.push(() => instance.release())
  const inUse = demo ? [ports.public, ports.bots, ports.lab] : [ports.public, ports.bots]
  for (const number of inUse) await mustBeFree(number, '127.0.0.1')

  const database = process.env['DATABASE_URL'] === undefined ? await keepPostgres(DATA, say) : undefined
  if (database !== undefined) stops.push(() => database.stop())
  const hub = docker ? await prepareDocker(process.env) : undefined
  if (demo && hub === null)
    throw new Error('The demo’s WhatsApp is on this machine, where bots of an engine elsewhere do not reach it. Use npm start.')
  if (hub !== undefined && hub !== null) {
    for (const number of demo ? [ports.bots, ports.lab, ports.whatsapp] : [ports.bots]) await mustBeFree(number, hub.address)
    lookAtHostRules(hub)
  }
  const lab = demo ? await startLab(hub?.address) : undefined
  const bootstrapKey = demo ? `zap_live_${randomBytes(4).toString('hex')}_${randomBytes(32).toString('base64url')}` : undefined
  const { link, serverId } = await startControlPlane({
    DATABASE_URL: process.env['DATABASE_URL'] ?? database!.url,
    ...(bootstrapKey === undefined ? {} : { ZAPTRIA_BOOTSTRAP_API_KEY: bootstrapKey }),
    ...(lab === undefined ? {} : { ZAPTRIA_LAB: '1', ZAPTRIA_BROWSER_ARGS: JSON.stringify(lab.browserArgs) }),
  })
  if (bootstrapKey !== undefined) await makeSampleTenant(url, bootstrapKey)

  console.log('')
  say(`Zaptria is up:      ${url}`)
  say(`Sign in (once):     ${link}`)
  if (lab !== undefined) say(`The demo’s phone:   ${lab.phone}`)
  say(`Its data and logs:  ${DATA}`)
  if (!docker) return say('Ctrl-C stops everything.')
  say('Ctrl-C stops Zaptria. Bots live on in their containers, and the next start finds them. To remove these too, after Ctrl-C:')
  const ours = `--filter label=${DOCKER_LABEL.server}=${serverId}`
  say(`  docker ps -aq ${ours} | xargs -r docker rm -f; docker network ls -q ${ours} | xargs -r docker network rm`)
}

/** With rules that close off what bots need, nothing would ever come of this start. */
function lookAtHostRules({ address, pool }: Hub): void {
  const env = process.env
  const bots = { host: env['ZAPTRIA_BOTS_HOST'] ?? address, port: Number(env['ZAPTRIA_BOTS_PORT'] ?? ports.bots) }
  const listen = [...(env['ZAPTRIA_LINK_URL'] === undefined ? [bots] : []), ...(demo ? [{ host: address, port: ports.whatsapp }] : [])]
  const verdict = judgeHostRules(env['ZAPTRIA_ETC'] ?? ETC, process.getuid?.() === 0 ? '' : 'sudo ', { pools: [pool], listen })
  if (verdict === null) return
  if ('stop' in verdict) throw new Error(verdict.stop)
  say(verdict.hint)
}

type LabReady = { browserArgs: string[]; phone: string }

function startLab(hub: string | undefined): Promise<LabReady> {
  const place = hub === undefined ? [] : ['--host', hub, '--port', String(ports.whatsapp)]
  return started<LabReady>(
    'lab',
    ['packages/lab/src/main.ts', ...place, '--control-port', String(ports.lab), '--state', join(DATA, 'lab.json'), '--sample'],
    {},
    (line) => ('browserArgs' in line ? (line as unknown as LabReady) : undefined),
  )
}

function startControlPlane(env: NodeJS.ProcessEnv): Promise<{ link: string; serverId: string }> {
  let serverId = ''
  const root = process.getuid?.() === 0 && !docker
  if (root && process.env['ZAPTRIA_BROWSER_SANDBOX'] === undefined)
    say('Running as root: Chromium’s sandbox is off (ZAPTRIA_BROWSER_SANDBOX=off). Fine for a trial; run as another user in earnest.')
  return started(
    'control-plane',
    ['apps/control-plane/src/main.ts'],
    {
      PORT: String(ports.public),
      ZAPTRIA_BOTS_PORT: String(ports.bots),
      ZAPTRIA_DATA_DIR: DATA,
      ZAPTRIA_DASHBOARD_DIR: join(ROOT, 'apps/dashboard/dist'),
      ZAPTRIA_PRINT_SIGN_IN_LINK: '1',
      ...(root ? { ZAPTRIA_BROWSER_SANDBOX: 'off' } : {}),
      ...process.env,
      ...env,
    },
    (line) => {
      if (line['msg'] === 'listening') serverId = String(line['server_id'])
      return line['msg'] === 'sign_in_link' ? { link: String(line['url']), serverId } : undefined
    },
  )
}

/** Starts a program and waits for the line on which it says that it is ready. */
function started<T>(
  name: string,
  argv: string[],
  env: NodeJS.ProcessEnv,
  ready: (line: Record<string, unknown>) => T | undefined,
): Promise<T> {
  return new Promise((done, fail) => {
    let up = false
    let last = ''
    const logFile = join(DATA, 'log', `${name}.log`)
    const failed = (why: string): void =>
      fail(new Error(`The ${name} did not start: ${why}. Its log: ${logFile}${last === '' ? '' : `\n  ${last}`}`))
    const late = setTimeout(() => failed('no sign of life for 60 s'), 60_000)
    const program: Supervised = supervise({
      name,
      argv,
      cwd: ROOT,
      env: { ...process.env, ZAPTRIA_EXIT_WITH_STDIN: '1', ...env },
      logFile,
      onLine: (line) => {
        const value = parse(line)
        if (value === undefined) return
        const level = Number(value['level'] ?? 0)
        if (level >= 50) last = String(value['msg'])
        // Why it takes so long.
        if (level === 40 && !up) say(`${name}: ${String(value['msg'])}${reasonIn(value)}`)
        const answer = ready(value)
        if (answer === undefined || up) return
        up = true
        clearTimeout(late)
        done(answer)
      },
      onRestart: (how, inMs) => {
        if (up) return say(`The ${name} ended (${how}); starting it again in ${inMs / 1000} s.`)
        clearTimeout(late)
        failed(how)
      },
    })
    stops.push(() => program.stop())
  })
}

/** What pino wrote of an error. */
function reasonIn(line: Record<string, unknown>): string {
  const { err } = line
  const message = typeof err === 'object' && err !== null && 'message' in err ? String(err.message) : ''
  return message === '' ? '' : ` (${message})`
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}

async function mustBeFree(number: number, host: string): Promise<void> {
  const server = createServer()
  try {
    await new Promise<void>((done, fail) => server.once('error', fail).listen(number, host, done))
  } catch {
    throw new Error(
      `Port ${number} on ${host} is taken by another program. Stop it, or choose others: PORT=9080 npm ${demo ? 'run demo' : 'start'}`,
    )
  }
  await new Promise((done) => server.close(done))
}
