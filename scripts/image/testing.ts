import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from '../../packages/lab/src/testing/wait-for.ts'
import { ensureBase, type Base } from './base.ts'
import { buildImage, timesOf, type Built } from './build.ts'
import type { ImageName } from './context.ts'
import { docker, run } from './docker.ts'
import { readSource } from './source.ts'

export const ROOT = join(import.meta.dirname, '../..')
export const SECCOMP = join(ROOT, 'deploy/bot/seccomp.json')

/** Why tests that need a Docker engine cannot run here; empty when they can. */
export const noDocker = ((): string => {
  const { status, error, stderr } = spawnSync('docker', ['version'], { encoding: 'utf8', timeout: 20_000 })
  return status === 0 ? '' : ` (no Docker engine: ${error?.message ?? stderr.trim().split('\n').at(-1)})`
})()

/** How the driver runs bots. `--network none`: tests never call WhatsApp. */
export const HARDENED = [
  '--read-only --tmpfs /tmp:size=32m --cap-drop ALL --memory 512m --network none --security-opt no-new-privileges'.split(' '),
  ['--security-opt', `seccomp=${SECCOMP}`],
].flat()

export const BOT_ENV = ['BOT_TOKEN=not-a-secret-not-a-secret-not-a-secret-not', 'TENANT_ID=t1', 'DASHBOARD_URL=http://127.0.0.1:9'].flatMap(
  (pair) => ['--env', pair],
)

/** Builds the image from this source, or finds that the engine has it. */
export async function built(image: ImageName, options: { tag: string; fresh?: boolean }): Promise<Built & { base: Base }> {
  const scratch = join(ROOT, 'var/image')
  mkdirSync(scratch, { recursive: true })
  const architecture = await docker.architecture()
  const source = await readSource(ROOT, process.env)
  const tell = (): void => {}
  const base = await ensureBase({
    scratch,
    architecture,
    fresh: false,
    tell,
    wanted: undefined,
    timeOf: timesOf(source.date),
    now: new Date(),
  })
  const common = { root: ROOT, scratch, architecture, base, source, tell }
  return { ...(await buildImage(image, { ...common, tags: [options.tag], fresh: options.fresh ?? false })), base }
}

export type Container = {
  id: string
  /** Runs a bash script in it as its user. */
  bash: (script: string) => Promise<string>
  logs: () => Promise<string>
  health: () => Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

/** A running container; removed with its volumes at the end of the scope. */
export async function container(args: readonly string[]): Promise<Container> {
  const id = (await run('docker', ['run', '--detach', ...args])).trim()
  return {
    id,
    bash: (script) => run('docker', ['exec', id, 'bash', '-c', script]),
    logs: () => run('docker', ['logs', id]),
    health: async () => (await run('docker', ['inspect', '--format', '{{.State.Health.Status}}', id])).trim(),
    [Symbol.asyncDispose]: async () => void (await run('docker', ['rm', '--force', '--volumes', id])),
  }
}

/** Runs a script in a new container of the image and gives what it printed. */
export async function inside(image: string, script: string, args: readonly string[] = []): Promise<string> {
  return run('docker', ['run', '--rm', ...args, '--entrypoint', 'bash', image, '-c', script])
}

/** The status code of the bot's own health address, asked from inside. */
export async function healthStatus(of: Container): Promise<number> {
  const ask = `exec 3<>/dev/tcp/127.0.0.1/3000; printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3; read -r _ status _ <&3; echo "$status"`
  return waitFor(async () => Number(await of.bash(ask)), { what: 'an answer of /health', timeoutMs: 60_000, everyMs: 250 })
}
