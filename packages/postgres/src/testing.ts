import { readFileSync } from 'node:fs'

export { findBinaries } from './binaries.ts'

/** A child of a process by how its title begins. */
export function childOf(pid: number, title: string): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  return children.find((child) => {
    try {
      return readFileSync(`/proc/${child}/cmdline`, 'utf8').startsWith(title)
    } catch {
      return false
    }
  })
}
