import { existsSync } from 'node:fs'
import { BOT_IMAGE } from '@zaptria/contract'
import { readArguments, runProgram, UsageError, whole } from '../../scripts/usage.ts'
import { chat } from './chat.ts'
import { dashboard } from './dashboard.ts'
import { fleet } from './fleet.ts'
import { ingest } from './ingest.ts'
import { memory } from './memory.ts'
import { overview } from './overview.ts'
import { provision } from './provision.ts'
import { machine, table, versions } from './report.ts'
import type { Report } from './report.ts'
import { roundtrip } from './roundtrip.ts'
import type { Setup } from './setup.ts'
import type { Result } from './stats.ts'
import { snapshot } from './snapshot.ts'
import { webhooks } from './webhooks.ts'

type Bench = { run: (setup: Setup) => Promise<Result[]>; runs: number; bots: number[]; minutes?: number }

const BENCHES: Record<string, Bench> = {
  provision: { run: (setup) => provision(setup), runs: 20, bots: [1] },
  roundtrip: { run: (setup) => roundtrip(setup), runs: 1000, bots: [1, 10, 50] },
  memory: { run: memory, runs: 5, bots: [1, 10] },
  fleet: { run: fleet, runs: 1, bots: [50], minutes: 10 },
  ingest: { run: ingest, runs: 1, bots: [50] },
  chat: { run: chat, runs: 10_000, bots: [1] },
  dashboard: { run: dashboard, runs: 10, bots: [20] },
  webhooks: { run: webhooks, runs: 1, bots: [20] },
  snapshot: { run: snapshot, runs: 20, bots: [1] },
  overview: { run: overview, runs: 600, bots: [500] },
}

const USAGE = `npm run bench -- ${Object.keys(BENCHES).join('|')} [--json] [--runs N] [--bots N[,N…]] [--minutes N] [--ballast MB] [--only part] [--per-second N]
    [--image name] [--node path] [--bot-node-args '["--flag"]'] [--bot-entry file]`

/** The places of Debian's packages; elsewhere the launcher or ZAPTRIA_BROWSER_PATH says. */
const BROWSERS = ['/usr/lib/chromium/chromium-headless-shell', '/usr/lib/chromium/headless_shell', '/usr/lib/chromium/chromium']

export function readSetup(argv: string[], env: NodeJS.ProcessEnv): { name: string; bench: Bench; json: boolean; setup: Setup } {
  const { values, positionals } = readArguments({
    args: argv,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      runs: { type: 'string' },
      bots: { type: 'string' },
      only: { type: 'string' },
      'per-second': { type: 'string' },
      minutes: { type: 'string' },
      ballast: { type: 'string' },
      image: { type: 'string', default: `${BOT_IMAGE.name}:latest` },
      node: { type: 'string', default: process.execPath },
      'bot-node-args': { type: 'string' },
      'bot-entry': { type: 'string' },
    },
  })
  const [name = '', ...rest] = positionals
  const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined
  const known = `There are: ${Object.keys(BENCHES).join(', ')}.`
  if (bench === undefined)
    throw new UsageError(name === '' ? `Which bench? ${known}` : `There is no bench ${JSON.stringify(name)}. ${known}`)
  if (rest[0] !== undefined) throw new UsageError(`${JSON.stringify(rest[0])} is one word too many: one bench at a time.`)
  const nodeArgs = values['bot-node-args'] === undefined ? undefined : (JSON.parse(values['bot-node-args']) as string[])
  const setup: Setup = {
    runs: values.runs === undefined ? bench.runs : whole(values.runs, '--runs'),
    bots: values.bots?.split(',').map((count) => whole(count, '--bots')) ?? bench.bots,
    minutes: values.minutes === undefined ? (bench.minutes ?? 1) : whole(values.minutes, '--minutes'),
    only: values.only,
    perSecond: values['per-second'] === undefined ? undefined : whole(values['per-second'], '--per-second'),
    ballastMb: values.ballast === undefined ? 0 : whole(values.ballast, '--ballast'),
    image: values.image,
    node: values.node,
    nodeArgs,
    botEntry: values['bot-entry'],
    browserPath: env['ZAPTRIA_BROWSER_PATH'] ?? BROWSERS.find((path) => existsSync(path)),
    progress: (line) => void process.stderr.write(`${line}\n`),
  }
  return { name, bench, json: values.json, setup }
}

if (import.meta.main) {
  await runProgram(USAGE, async () => {
    const { name, bench, json, setup } = readSetup(process.argv.slice(2), process.env)
    const about = { bench: name, machine: machine(), versions: versions(setup), runs: setup.runs }
    const report: Report = { ...about, results: await bench.run(setup) }
    console.log(json ? JSON.stringify(report) : table(report))
    process.exit(0)
  })
}
