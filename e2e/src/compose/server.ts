import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { promisify } from 'node:util'
import { docker, dockerMissing } from '@zaptria/lab/testing'
import { built } from '../../../scripts/image/testing.ts'
import { freePorts } from '../system.ts'

const run = promisify(execFile)
/** `npm test` has built it already; another one lets somebody else's be. */
const TAG = process.env['TEST_IMAGE_TAG'] ?? 'latest'
const DEPLOY = join(import.meta.dirname, '../../../deploy')

/** Why this cannot run here; null when it can. */
export async function composeMissing(): Promise<string | null> {
  const why = await dockerMissing(null)
  if (why !== null) return why
  return (await findCompose()) === null ? 'neither docker compose nor docker-compose is installed (apt install docker-compose)' : null
}

async function findCompose(): Promise<readonly [string, ...string[]] | null> {
  for (const command of [['docker', 'compose'], ['docker-compose']] as const)
    if (await run(command[0], [...command.slice(1), 'version']).catch(() => null)) return command
  return null
}

const CLONED = ['compose.yaml', 'Caddyfile', 'zaptria']

/** What an operator has of deploy/ on a server, with images, ports and networks apart from those of others. */
export type Server = {
  dir: string
  project: string
  images: { bot: string; controlPlane: string }
  /** `./zaptria …`; what it printed. Throws with all of that when it fails. */
  zaptria(...args: string[]): Promise<string>
  /** Compose itself, in that directory. */
  compose(...args: string[]): Promise<void>
  /** The name of a service's container. */
  container(service: string): Promise<string>
  /** Another image under the same name, as a newer version would be. */
  release(version: string): Promise<void>
  /** As on a new machine, which has images and what is cloned. */
  loseEverything(): Promise<void>
  remove(): Promise<void>
}

const REPOSITORIES = { bot: 'zaptria/bot', controlPlane: 'zaptria/control-plane' } as const

/** Builds what stands in for an official image; answers its name. */
export async function standIn(name: 'caddy' | 'postgres', base: string): Promise<string> {
  const tag = `zaptria-test/${name}:latest`
  const file = join(import.meta.dirname, `${name}.Dockerfile`)
  await docker('build', '--quiet', '--build-arg', `BASE=${base}`, '--tag', tag, '--file', file, import.meta.dirname)
  return tag
}

export async function makeServer(settings: Record<string, string>): Promise<Server> {
  const base = (await built('bot', { tag: TAG })).base.name
  await built('control-plane', { tag: TAG })
  const [caddy, postgres] = [await standIn('caddy', base), await standIn('postgres', base)]

  const dir = mkdtempSync(join(tmpdir(), 'zaptria-compose-'))
  for (const file of CLONED) cpSync(join(DEPLOY, file), join(dir, file))
  const project = `zaptria-e2e-${process.pid}`
  const images = { bot: `${REPOSITORIES.bot}:${project}`, controlPlane: `${REPOSITORIES.controlPlane}:${project}` }
  for (const [image, name] of Object.entries(images))
    await docker('tag', `${REPOSITORIES[image as keyof typeof REPOSITORIES]}:${TAG}`, name)
  const port = await freePorts(4)
  const env = {
    COMPOSE_PROJECT_NAME: project,
    ZAPTRIA_IMAGE: images.controlPlane,
    ZAPTRIA_BOT_IMAGE: images.bot,
    POSTGRES_IMAGE: postgres,
    CADDY_IMAGE: caddy,
    HTTP_PORT: String(port),
    HTTPS_PORT: String(port + 1),
    ZAPTRIA_PORT: String(port + 2),
    ZAPTRIA_BOTS_PORT: String(port + 3),
    // The packet filter of this machine is not ours; apps/cli tests the rules.
    ZAPTRIA_HOST_RULES: 'off',
    ...settings,
  }
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(join(dir, '.env'), lines.join(''), { mode: 0o600 })

  const zaptria = async (...args: string[]): Promise<string> => {
    try {
      const { stdout, stderr } = await run(join(dir, 'zaptria'), args, { maxBuffer: 16 * 1024 * 1024 })
      return stdout + stderr
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
      throw new Error(`./zaptria ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error })
    }
  }
  const ids = async (noun: 'container' | 'volume'): Promise<string[]> => {
    const list = await docker(
      noun,
      'ls',
      '-q',
      ...(noun === 'container' ? ['-a'] : []),
      '--filter',
      `label=com.docker.compose.project=${project}`,
    )
    return list.split('\n').filter((id) => id !== '')
  }
  const removeAll = async (): Promise<void> => {
    for (const noun of ['container', 'volume'] as const) {
      const all = await ids(noun)
      if (all.length > 0) await docker(noun, 'rm', '--force', ...all)
    }
  }
  return {
    dir,
    project,
    images,
    zaptria,
    async compose(...args) {
      const [command, ...first] = (await findCompose())!
      await run(command, [...first, ...args], { cwd: dir })
    },
    container: (service) =>
      docker(
        'ps',
        '--format',
        '{{.Names}}',
        '--filter',
        `label=com.docker.compose.project=${project}`,
        '--filter',
        `label=com.docker.compose.service=${service}`,
      ),
    async release(version) {
      for (const name of Object.values(images)) {
        const context = mkdtempSync(join(tmpdir(), 'zaptria-release-'))
        writeFileSync(join(context, 'Dockerfile'), `FROM ${name}\nLABEL release=${version}\n`)
        await docker('build', '--quiet', '--tag', name, context)
        rmSync(context, { recursive: true })
      }
    },
    async loseEverything() {
      await removeAll()
      for (const name of readdirSync(dir)) if (!CLONED.includes(name)) rmSync(join(dir, name), { recursive: true })
    },
    async remove() {
      await removeAll()
      const kept = Object.values(REPOSITORIES).map((name) => `${name}:${project}-previous`)
      for (const name of [...Object.values(images), ...kept]) await docker('image', 'rm', name).catch(() => '')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Trusts what a server's own authority signs, in this process. */
export async function trustCaddy(container: string): Promise<void> {
  const root = await docker('exec', container, 'cat', '/data/caddy/pki/authorities/local/root.crt')
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), root])
}
