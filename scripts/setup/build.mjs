import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { must, ROOT, tell } from './tell.mjs'

/** What is built, from what, by which command. Development needs no build step but for these two. */
const TARGETS = {
  dashboard: {
    sources: ['apps/dashboard', 'packages/contract/src', 'packages/core/src', 'package-lock.json'],
    made: 'apps/dashboard/dist/index.html',
    argv: ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn', 'apps/dashboard'],
  },
  bot: {
    sources: ['apps/bot', 'packages/contract/src', 'packages/core/src', 'package-lock.json'],
    made: 'apps/bot/dist/bot.js',
    argv: ['apps/bot/build.ts'],
  },
}

/** Builds what is missing or older than its sources (by content, so that a fresh clone or a touched file builds nothing twice). */
export function build(node, names) {
  for (const name of names) {
    const { sources, made, argv } = TARGETS[name]
    const stamp = join(ROOT, 'var', 'build', `${name}.sha256`)
    const wanted = digest(sources)
    if (existsSync(join(ROOT, made)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) continue
    tell(`Building the ${name} …`)
    rmSync(stamp, { force: true })
    must(node, argv)
    mkdirSync(join(ROOT, 'var', 'build'), { recursive: true })
    writeFileSync(stamp, wanted)
  }
}

function digest(sources) {
  const hash = createHash('sha256')
  for (const path of sources.flatMap((source) => files(join(ROOT, source)))) hash.update(path.slice(ROOT.length)).update(readFileSync(path))
  return hash.digest('hex')
}

function files(path) {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.name !== 'dist' && entry.name !== 'node_modules' && !/\.test\.tsx?$/.test(entry.name))
      .flatMap((entry) => files(join(path, entry.name)))
      .toSorted((a, b) => (a < b ? -1 : 1))
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path]
    throw error
  }
}
