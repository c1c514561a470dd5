import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The docker command, for what people do by hand. Answers with what it printed. */
export async function docker(...args: string[]): Promise<string> {
  return (await run('docker', args, { maxBuffer: 64 * 1024 * 1024 })).stdout.trim()
}

/** Why tests that need a Docker engine (and this image on it) cannot run here; null when they can. */
export async function dockerMissing(image: string | null): Promise<string | null> {
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
