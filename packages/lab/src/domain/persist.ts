import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { WorldState } from './types.ts'
import type { World } from './world.ts'

export const loadState = (path: string): WorldState | undefined => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as WorldState
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`cannot read the Lab's state from ${path}`, { cause: error })
  }
}

/** Writes the world to a file, shortly after it changed and at the end. Returns what ends it. */
export const keepState = (world: World, path: string): (() => void) => {
  let timer: NodeJS.Timeout | null = null
  const save = (): void => {
    timer = null
    writeFileSync(`${path}.new`, JSON.stringify(world.state()))
    renameSync(`${path}.new`, path)
  }
  const stop = world.onChange(() => {
    timer ??= setTimeout(save, 200)
  })
  return () => {
    stop()
    if (timer) clearTimeout(timer)
    save()
  }
}
