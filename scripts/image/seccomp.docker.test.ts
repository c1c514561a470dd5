import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from './docker.ts'
import { built, noDocker, SECCOMP } from './testing.ts'

const noCompiler = spawnSync('gcc', ['--version']).status === 0 ? '' : ' (no gcc)'
const cannot = noDocker || noCompiler
const ALLOWED = 200

type Answers = { numbers: Map<string, number>; of: Map<string, number> }

describe.skipIf(cannot)(`the system calls that a bot may make${cannot}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'zaptria-seccomp-'))
  let usual: Answers
  let ours: Answers

  const ask = async (args: readonly string[]): Promise<Answers> => {
    const hardened = ['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--network', 'none', '--read-only']
    const text = await run('docker', [
      'run',
      '--rm',
      ...hardened,
      ...args,
      '-v',
      `${dir}/probe:/probe:ro`,
      '--entrypoint',
      '/probe',
      'zaptria/bot:test',
    ])
    const answers: Answers = { numbers: new Map(), of: new Map() }
    for (const line of text.trim().split('\n')) {
      const [first = '', second = '', errno] = line.split(' ')
      if (errno === undefined) answers.numbers.set(first, Number(second))
      else answers.of.set(`${first} ${second}`, Number(errno))
    }
    return answers
  }

  beforeAll(async () => {
    await built('bot', { tag: 'test' })
    chmodSync(dir, 0o755)
    await run('gcc', ['-static', '-O1', '-Wall', '-pthread', '-o', join(dir, 'probe'), join(import.meta.dirname, 'seccomp-probe.c')])
    usual = await ask([])
    ours = await ask(['--security-opt', `seccomp=${SECCOMP}`])
  }, 900_000)
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  const more = (than: Answers, which: Answers): string[] =>
    [...which.of].filter(([call, errno]) => errno === ALLOWED && than.of.get(call) !== ALLOWED).map(([call]) => call)

  it('are asked about one by one', () => {
    expect(usual.of.size).toBeGreaterThan(5_000)
    expect([...usual.of.keys()]).toEqual([...ours.of.keys()])
    expect(new Set([...usual.of.values(), ...ours.of.values()])).toEqual(new Set([1, 38, ALLOWED]))
  })

  it('are Docker’s default, and the four that Chromium’s sandbox is made with', () => {
    const four = ['clone', 'unshare', 'setns', 'chroot'].map((name) => ours.numbers.get(name)!)
    expect(new Set(more(usual, ours).map((call) => Number(call.split(' ')[0])))).toEqual(new Set(four))
  })

  it('let clone through whatever its flags, where the default stops those for namespaces', () => {
    const clone = ours.numbers.get('clone')!
    expect(ours.of.get(`${clone} 17`)).toBe(ALLOWED)
    expect(usual.of.get(`${clone} 17`)).toBe(ALLOWED)
    const flags = more(usual, ours).flatMap((call) => (call.startsWith(`${clone} `) ? [Number(call.split(' ')[1])] : []))
    // CLONE_NEWUSER, CLONE_NEWNET, all of them; 0x20000 is CLONE_NEWNS; the last has every bit.
    expect(flags).toEqual([0x20000, 0x10000000, 0x40000000, 0x7e020000, 0xffffffff])
  })

  it('answer clone3 with “no such call”, so that the C library takes clone', () => {
    expect(ours.of.get('435 0')).toBe(38)
  })

  it('do not reach the kernel’s ciphers, the hypervisor or io_uring, whatever the engine’s age', () => {
    const socket = process.arch === 'arm64' ? 198 : 41
    expect([38, 39, 40, 45].map((family) => ours.of.get(`${socket} ${family}`))).toEqual([1, ALLOWED, 1, ALLOWED])
    for (const ioUring of [425, 426, 427]) expect(ours.of.get(`${ioUring} 0`)).not.toBe(ALLOWED)
  })
})
