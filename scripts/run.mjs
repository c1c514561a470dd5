// The first step of every npm script, in plain JavaScript because it must run on any Node from 20 on and before anything is installed:
// dependencies, a Node new enough, a headless Chromium, the built dashboard and bot. Then it hands over to the real thing.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { dirname } from 'node:path'
import { build } from './setup/build.mjs'
import { ensureChromium } from './setup/chromium.mjs'
import { commandReaches, engineEnv } from './setup/engine.mjs'
import { ensureDependencies, ensureNode } from './setup/node.mjs'
import { must, ROOT } from './setup/tell.mjs'

const [command, ...args] = process.argv.slice(2)

const COMMANDS = {
  start: { chromium: 'needed', build: ['dashboard', 'bot'], script: 'scripts/up.ts' },
  demo: { chromium: 'needed', build: ['dashboard', 'bot'], script: 'scripts/up.ts', args: ['--demo'] },
  test: { chromium: 'wanted', build: ['dashboard', 'bot'], script: 'scripts/test.ts' },
  check: { script: 'scripts/test.ts', args: ['--static'] },
  bench: { chromium: 'needed', build: ['dashboard', 'bot'], script: 'bench/src/main.ts' },
  screenshots: { chromium: 'needed', script: 'apps/dashboard/src/testing/screenshots.ts' },
  soak: { chromium: 'needed', build: ['dashboard', 'bot'], script: 'e2e/src/faults/main.ts' },
  image: { build: ['dashboard', 'bot'], script: 'scripts/image.ts' },
  format: { script: 'scripts/test.ts', args: ['--format'] },
  zaptria: { script: 'apps/cli/src/main.ts' },
}

const chosen = COMMANDS[command]
if (chosen === undefined) {
  console.error(`Unknown command ${JSON.stringify(command)}. There are: ${Object.keys(COMMANDS).join(', ')}.`)
  process.exit(2)
}

try {
  ensureDependencies()
  const node = ensureNode()
  // Who only asks how it is used needs no browser.
  const helped = args.includes('--help') || args.includes('-h')
  const browser = chosen.chromium === undefined || helped ? null : ensureChromium(chosen.chromium)
  if (chosen.build !== undefined && !helped) build(node, chosen.build)
  const containers = !helped && (command === 'start' || command === 'demo') && process.env.ZAPTRIA_DRIVER === 'docker'
  const engine = { ...process.env, ...engineEnv(process.env) }
  if (containers && process.env.ZAPTRIA_BOT_IMAGE === undefined && commandReaches(process.env))
    must(node, ['scripts/image.ts', 'bot'], { stdio: ['ignore', 'ignore', 'inherit'], env: engine })
  const named = command === 'image' && process.env.ZAPTRIA_DOCKER_HOST !== undefined
  const env = { ...(named ? engine : process.env), PATH: `${dirname(node)}:${process.env.PATH ?? ''}` }
  if (browser !== null) env.ZAPTRIA_BROWSER_PATH = browser
  handOver(node, [chosen.script, ...(chosen.args ?? []), ...args], env)
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}

/** Becomes the child as far as a parent can: same terminal, same signals, same exit. */
function handOver(node, argv, env) {
  const child = spawn(node, argv, { cwd: ROOT, env, stdio: 'inherit' })
  // Ctrl-C reaches the whole group by itself; the others only us. Either way: stay until the child has cleaned up.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}
