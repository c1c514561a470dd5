import { describe, expect, it } from 'vitest'
import { readSetup } from './main.ts'
import { table } from './report.ts'
import type { Report } from './report.ts'
import { provision } from './provision.ts'
import { measure } from './roundtrip.ts'
import { summarize } from './stats.ts'

const setupOf = (...argv: string[]): ReturnType<typeof readSetup> => readSetup(argv, {})
const quiet = { progress: () => undefined }

describe('the bench’s command line', () => {
  it('has the figures of the goals as defaults', () => {
    expect(setupOf('provision').setup).toMatchObject({ runs: 20 })
    expect(setupOf('roundtrip').setup).toMatchObject({ runs: 1000, bots: [1, 10, 50] })
    expect(setupOf('chat').setup).toMatchObject({ runs: 10_000 })
    expect(setupOf('memory', '--json')).toMatchObject({ json: true, setup: { bots: [1, 10] } })
  })

  it('takes others', () => {
    const { setup } = setupOf('roundtrip', '--runs', '3', '--bots', '2,4', '--bot-node-args', '["--max-old-space-size=64"]')
    expect(setup).toMatchObject({ runs: 3, bots: [2, 4], nodeArgs: ['--max-old-space-size=64'] })
  })

  it.each([
    [[]],
    [['dance']],
    [['provision', 'memory']],
    [['provision', '--runs', '0']],
    [['provision', '--bots', 'x']],
    [['provision', '--x']],
  ])('refuses %j', (argv) => {
    expect(() => setupOf(...argv)).toThrow(/Which bench|There is no bench|one word too many|whole numbers|Unknown option/)
  })
})

describe('the bench’s table', () => {
  it('says what ran where, one line each', () => {
    const machine = { cpus: 2, model: 'A CPU', memory_mb: 8000, os: 'Debian', load_before: 0.5 }
    const results = [summarize('paid to QR', 'ms', [1200, 1000, 1100])]
    const report: Report = { bench: 'provision', machine, versions: { node: 'v24.0.0', bot_node_args: '' }, runs: 3, results }
    expect(table(report).split('\n')).toEqual([
      'provision: 3 runs on 2 × A CPU, 8000 MB, Debian, load 0.5 before',
      'node v24.0.0',
      '',
      'name        unit  n   p50   p95   p99   min   max',
      'paid to QR  ms    3  1100  1200  1200  1000  1200',
    ])
  })
})

describe('a bench on a real system with simulated engines', () => {
  it('measures from paid to QR', async () => {
    const [result] = await provision({ ...setupOf('provision', '--runs', '1').setup, ...quiet }, 'simulated')
    expect(result).toMatchObject({ unit: 'ms', n: 1, name: expect.stringContaining('simulated') })
    expect(result?.p50).toBeGreaterThan(0)
  }, 120_000)

  it('measures from message to reply, for each message', async () => {
    const times = await measure({ ...setupOf('roundtrip', '--runs', '4').setup, ...quiet }, 2, 'simulated', 50)
    expect(times).toHaveLength(4)
    for (const time of times) expect(time).toBeGreaterThan(0)
  }, 120_000)
})
