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

if (args[0] === '--format') {
  run('Format', bin('oxfmt'), args.slice(1))
} else {
  const only = args.filter((arg) => arg !== '--static')
  if (only.length === 0) {
    run('Format', bin('oxfmt'), ['--check'])
    run('Lint', bin('oxlint'), ['--deny-warnings'])
    for (const project of projects()) run(`Types of ${project}`, bin('tsc'), ['-p', project])
  }
  if (!args.includes('--static')) run('Tests', bin('vitest'), ['run', ...only])
}
