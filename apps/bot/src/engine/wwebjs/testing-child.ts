import { createWwebjsEngine } from './index.ts'

// A bot's process for tests that kill it or start it somewhere odd: opens an engine and prints what it says, one JSON per line.

const [, , given = '{}'] = process.argv
const { browserArgs, profileDir, scratchDir } = JSON.parse(given) as { browserArgs: string[]; profileDir: string; scratchDir: string }
const print = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`)
const log = (fields: object, message: string) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`)
const engine = createWwebjsEngine({ sandbox: false, browserArgs })({
  profileDir,
  scratchDir,
  emit: print,
  log: { debug: log, info: log, warn: log, error: log },
})
await engine.open(AbortSignal.timeout(30_000))
