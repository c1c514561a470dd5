import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { DOCKER_LABEL } from '@zaptria/contract'

const run = promisify(execFile)

/** The bot's image for tests: another tag than what everybody builds, when one is being tried. */
export const TEST_BOT_IMAGE = process.env['TEST_BOT_IMAGE'] ?? 'zaptria/bot:latest'

/** The docker command, for what people do by hand. Answers with what it printed. */
export async function docker(...args: string[]): Promise<string> {
  return (await run('docker', args, { maxBuffer: 64 * 1024 * 1024 })).stdout.trim()
}

/** Why tests that need a Docker engine (and, unless null, this image on it) cannot run here; null when they can. */
export async function dockerMissing(image: string | null = TEST_BOT_IMAGE): Promise<string | null> {
  try {
    await docker('version', '--format', '{{.Server.Version}}')
  } catch {
    return 'no Docker engine answers'
  }
  if (image === null) return null
  try {
    await docker('image', 'inspect', image)
    return null
  } catch {
    return `the image ${image} is not built (npm run image)`
  }
}

/** Removes all that an installation's server made on the engine, volumes included: only a test may. */
export async function sweepDocker(serverId: string): Promise<void> {
  for (const [noun, ...list] of [
    ['container', 'ls', '-aq'],
    ['network', 'ls', '-q'],
    ['volume', 'ls', '-q'],
  ] as const) {
    const ids = (await docker(noun, ...list, '--filter', `label=${DOCKER_LABEL.server}=${serverId}`)).split('\n').filter((id) => id !== '')
    if (ids.length > 0) await docker(noun, 'rm', ...(noun === 'network' ? [] : ['--force']), ...ids)
  }
}
