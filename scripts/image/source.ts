import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './docker.ts'

export type Source = { version: string; revision: string | undefined; date: Date }

/** What is being built: the version, the commit and the date that stands for both. SOURCE_DATE_EPOCH has the last word on the date. */
export async function readSource(root: string, env: NodeJS.ProcessEnv): Promise<Source> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const epoch = env['SOURCE_DATE_EPOCH']
  if (epoch !== undefined && epoch !== '' && !/^\d{1,11}$/.test(epoch))
    throw new Error(`SOURCE_DATE_EPOCH is ${epoch}; it must be a number of seconds.`)
  const set = epoch === undefined || epoch === '' ? undefined : new Date(Number(epoch) * 1000)
  const git = (...args: string[]): Promise<string> => run('git', ['-C', root, ...args])
  let commit: string
  try {
    commit = (await git('log', '-1', '--format=%H %ct')).trim()
  } catch {
    // A source archive has no history.
    return { version, revision: undefined, date: set ?? whole(statSync(join(root, 'package.json')).mtimeMs) }
  }
  const [hash = '', seconds = '0'] = commit.split(' ')
  const changed = (await git('status', '--porcelain', '-z', '--no-renames'))
    .split('\0')
    .flatMap((line) => (line === '' ? [] : [line.slice(3)]))
  if (changed.length === 0) return { version, revision: hash, date: set ?? whole(Number(seconds) * 1000) }
  const newest = Math.max(
    Number(seconds) * 1000,
    ...changed.map((path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0),
  )
  return { version, revision: `${hash}-changed`, date: set ?? whole(newest) }
}

function whole(milliseconds: number): Date {
  return new Date(Math.floor(milliseconds / 1000) * 1000)
}
