import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { below, processes, pssBytes, pssOf } from './processes.ts'

describe('processes', () => {
  it('are found below their parent, grandchildren too', () => {
    const all = [
      { pid: 2, parent: 1, command: 'a' },
      { pid: 3, parent: 2, command: 'b' },
      { pid: 4, parent: 3, command: 'c' },
      { pid: 5, parent: 1, command: 'd' },
    ]
    expect(below(2, all).map(({ pid }) => pid)).toEqual([3, 4])
    expect(below(9, all)).toEqual([])
  })

  it('really run, and hold memory', async () => {
    const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)'], { stdio: ['ignore', 'pipe', 'ignore'] })
    try {
      await once(child.stdout, 'data')
      expect(below(process.pid, processes()).map(({ pid }) => pid)).toContain(child.pid)
      expect(pssBytes(child.pid ?? 0)).toBeGreaterThan(5e6)
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    expect(pssBytes(child.pid ?? 0)).toBe(0)
  })

  it('hold what the kernel says', () => {
    expect(pssOf('55d0-7ffe ---p 00000000 00:00 0    [rollup]\nRss:  9 kB\nPss:   1234 kB\nPss_Anon: 5 kB\n')).toBe(1234 * 1024)
    expect(() => pssOf('')).toThrow('no Pss')
  })
})
