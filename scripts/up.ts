import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeSampleTenant } from './up/demo.ts'
import { prepareDocker } from './up/docker.ts'
import { takeInstance } from './up/instance.ts'
import { keepPostgres } from './up/postgres.ts'
import { supervise, type Supervised } from './up/supervise.ts'

const ROOT = join(import.meta.dirname, '..')
const DATA = process.env['ZAPTRIA_DATA_DIR'] ?? join(ROOT, 'var')
const { demo } = parseArgs({ options: { demo: { type: 'boolean', default: false } } }).values
const port = Number(process.env['PORT'] ?? 8080)
/** Three in a row: people, bots, the demo's phone. */
const LAST_FIRST_PORT = 65_533
const ports = { public: port, bots: port + 1, lab: port + 2 }
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

try {
  await up()
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`)
  await stop(1)
}

async function up(): Promise<void> {
  if (!Number.isInteger(port) || port < 1 || port > LAST_FIRST_PORT)
    throw new Error(`PORT is ${process.env['PORT']}; use a number from 1 to ${LAST_FIRST_PORT}: the two after it are taken too.`)
  const instance = takeInstance(DATA, { url })
  stops.push(() => instance.release())
  for (const [name, number] of Object.entries(ports)) if (name !== 'lab' || demo) await mustBeFree(number)

  const database = process.env['DATABASE_URL'] === undefined ? await keepPostgres(DATA, say) : undefined
  if (database !== undefined) stops.push(() => database.stop())
  const host = docker ? await prepareDocker(process.env) : '127.0.0.1'
  if (demo && host === null)
    throw new Error('The demo’s WhatsApp is on this machine, where bots of an engine elsewhere do not reach it. Use npm start.')
  const lab = demo && host !== null ? await startLab(host) : undefined
  const bootstrapKey = demo ? `zap_live_${randomBytes(4).toString('hex')}_${randomBytes(32).toString('base64url')}` : undefined
  const link = await startControlPlane({
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
  say('Ctrl-C stops everything.')
}

type LabReady = { browserArgs: string[]; phone: string }

function startLab(host: string): Promise<LabReady> {
  return started<LabReady>(
    'lab',
    ['packages/lab/src/main.ts', '--host', host, '--control-port', String(ports.lab), '--state', join(DATA, 'lab.json')],
    {},
    (line) => ('browserArgs' in line ? (line as unknown as LabReady) : undefined),
  )
}

function startControlPlane(env: NodeJS.ProcessEnv): Promise<string> {
  const root = process.getuid?.() === 0 && !docker
  if (root && process.env['ZAPTRIA_BROWSER_SANDBOX'] === undefined)
    say('Running as root: Chromium’s sandbox is off (ZAPTRIA_BROWSER_SANDBOX=off). Fine for a trial; run as another user in earnest.')
  return started<string>(
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
    (line) => (line['msg'] === 'sign_in_link' ? String(line['url']) : undefined),
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

async function mustBeFree(number: number): Promise<void> {
  const server = createServer()
  try {
    await new Promise<void>((done, fail) => server.once('error', fail).listen(number, '127.0.0.1', done))
  } catch {
    throw new Error(
      `Port ${number} on 127.0.0.1 is taken by another program. Stop it, or choose others: PORT=9080 npm ${demo ? 'run demo' : 'start'}`,
    )
  }
  await new Promise((done) => server.close(done))
}
