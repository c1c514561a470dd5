import { readdirSync, readFileSync } from 'node:fs'

export type Process = { pid: number; parent: number; command: string }

/** Every process, read from /proc (Linux). Zombies are left out: they are dead already. */
export function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        if (state === 'Z') return []
        return [{ pid: Number(name), parent: Number(parent), command: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ') }]
      } catch {
        return [] // gone between the listing and the read
      }
    })
}

/** Of these, the ones that are asked for and every one below them in the tree. */
export function withDescendants(all: readonly Process[], isRoot: (process: Process) => boolean): Process[] {
  const found = new Set(all.filter(isRoot).map(({ pid }) => pid))
  for (let grown = true; grown;) {
    grown = false
    for (const { pid, parent } of all)
      if (found.has(parent) && !found.has(pid)) {
        found.add(pid)
        grown = true
      }
  }
  return all.filter(({ pid }) => found.has(pid))
}

/** Every process below `root` in the tree. */
export const descendants = (root: number): Process[] =>
  withDescendants(processes(), ({ pid }) => pid === root).filter(({ pid }) => pid !== root)

/** Whether it runs: a zombie, which nobody has reaped yet, does not. */
export function isAlive({ pid }: { pid: number }): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat[stat.lastIndexOf(')') + 2] !== 'Z'
  } catch {
    return false
  }
}

/** What a system is made of, by role. */
export function roles(root: number): {
  bots: Process[]
  browsers: Process[]
  renderers: Process[]
  controlPlane: Process[]
  postgres: Process[]
} {
  const all = descendants(root)
  const browser = (process: Process): boolean => /chrom/i.test(process.command.split(' ')[0] ?? '')
  return {
    bots: all.filter(({ command }) => /apps\/bot\/(dist\/bot\.js|src\/main\.ts)/.test(command)),
    browsers: all.filter((process) => browser(process) && !process.command.includes('--type=')),
    renderers: all.filter((process) => browser(process) && process.command.includes('--type=renderer')),
    controlPlane: all.filter(({ command }) => command.includes('apps/control-plane/src/main.ts')),
    postgres: all.filter(({ command }) => /\/postgres -D /.test(command)),
  }
}
