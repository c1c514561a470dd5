import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

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

function run(what: string, command: string, argv: string[], env: NodeJS.ProcessEnv = process.env): void {
  console.log(`\n— ${what}`)
  const { status, signal } = spawnSync(process.execPath, [command, ...argv], { cwd: ROOT, stdio: 'inherit', env })
  if (status === 0) return
  console.error(`\n${what}: failed${signal === null ? '' : ` (${signal})`}`)
  process.exit(status ?? 1)
}

/** Tests with containers run the images of this very source. Without an engine they are skipped, aloud and counted. */
function buildImages(): void {
  const there = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore' }).status === 0
  if (!there) return console.log('\n— Images: no Docker engine answers, so that tests with containers will be skipped')
  console.log('\n— Images')
  const { status } = spawnSync(process.execPath, [join(ROOT, 'scripts/image.ts')], { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) console.error('\nImages: not built, so that tests with containers will be skipped')
}

if (args[0] === '--format') {
  run('Format', bin('oxfmt'), args.slice(1))
} else {
  const only = args.filter((arg) => arg !== '--static')
  if (only.length === 0) {
    run('Format', bin('oxfmt'), ['--check'])
    run('Lint', bin('oxlint'), ['--deny-warnings'])
    for (const project of projects()) run(`Types of ${project}`, bin('tsc'), ['-p', project])
  }
  const withContainers = only.length === 0 || only.some((path) => path.includes('docker'))
  if (!args.includes('--static') && withContainers) buildImages()
  if (!args.includes('--static')) run('Tests', bin('vitest'), ['run', ...only])
}
