import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { must, ROOT, tell } from './tell.mjs'

/** The Node that the product is tested with; a system's Node of this major or newer is taken as it is. */
export const NODE_VERSION = '24.21.0'

/** `npm ci` when node_modules is missing or was made from another lock file. */
export function ensureDependencies() {
  const lock = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex')
  const marker = join(ROOT, 'node_modules', '.zaptria-lock')
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lock) return
  tell('Installing dependencies (once, a minute or two) …')
  must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { shell: process.platform === 'win32' })
  writeFileSync(marker, lock)
}

/** The path of a Node new enough: this one, or a private one from npm's own binaries packages (checksummed by npm like any package). */
export function ensureNode() {
  const wanted = Number(NODE_VERSION.split('.')[0])
  if (Number(process.versions.node.split('.')[0]) >= wanted) return process.execPath
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const name = `node-${platform}-${process.arch}`
  const home = join(ROOT, 'var', 'toolchain', `node-${NODE_VERSION}`)
  const binary = join(home, 'node_modules', name, 'bin', platform === 'win' ? 'node.exe' : 'node')
  if (existsSync(binary)) return binary
  tell(`Fetching a private Node ${NODE_VERSION} (this one is ${process.version}) …`)
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
  try {
    must('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${NODE_VERSION}`], { cwd: home })
  } catch (error) {
    throw new Error(
      `Node ${wanted} or newer is needed and could not be fetched for ${platform}-${process.arch}. Install it from https://nodejs.org and try again.\n${error.message}`,
      { cause: error },
    )
  }
  return binary
}
