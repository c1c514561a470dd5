import { describe, expect, it, onTestFinished } from 'vitest'
import { createEngineClient } from './client.ts'
import { runInContainer } from './exec.ts'
import type { ContainerRun } from './exec.ts'
import { startEngine } from './testing.ts'
import type { EngineOptions } from './testing.ts'

/** An engine whose container is this machine, and how a program runs in it. */
async function engine(options: EngineOptions = {}) {
  const { address, execs, close } = await startEngine(options)
  const client = createEngineClient(address)
  onTestFinished(async () => {
    client.close()
    await close()
  })
  const run = async (command: string[], more: Partial<ContainerRun> = {}, container = 'database') => {
    let said = ''
    const program = runInContainer(client, container, { command, said: (text) => (said += text), ...more })
    const printed: Buffer[] = []
    for (;;) {
      const { done, value } = await program.next()
      if (done === true) return { code: value, said, printed: Buffer.concat(printed) }
      printed.push(value)
    }
  }
  return { run, execs }
}

async function* slowly(...parts: (Buffer | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    await new Promise((done) => setTimeout(done, 20))
    if (part instanceof Error) throw part
    yield part
  }
}

describe('a program in a container', () => {
  it('prints, complains, and ends with its code', async () => {
    const { run } = await engine()
    expect(await run(['sh', '-c', 'echo one; echo two >&2; exit 3'])).toEqual({ code: 3, said: 'two\n', printed: Buffer.from('one\n') })
  })

  it('takes megabytes in, and gives them back', async () => {
    const { run } = await engine()
    const bytes = Buffer.alloc(5_000_000, 'zaptria')
    const { code, printed } = await run(['cat'], {
      stdin: slowly(bytes.subarray(0, 7), bytes.subarray(7, 3_000_000), bytes.subarray(3_000_000)),
    })
    expect(code).toBe(0)
    expect(printed.equals(bytes)).toBe(true)
  })

  it('is told secrets by its environment', async () => {
    const { run, execs } = await engine()
    expect((await run(['sh', '-c', 'echo "$PGPASSWORD"'], { env: { PGPASSWORD: 'geheim' } })).printed.toString()).toBe('geheim\n')
    expect(execs[0]!.Cmd.join(' ')).not.toContain('geheim')
  })

  it('ends when what goes in breaks off, and its reader is told why', async () => {
    const { run } = await engine()
    await expect(run(['cat'], { stdin: slowly(Buffer.from('x'), new Error('the backup is damaged')) })).rejects.toThrow(
      'the backup is damaged',
    )
  })

  it('is left when nobody wants it any more', async () => {
    const { run } = await engine()
    const ending = new AbortController()
    setTimeout(() => ending.abort(new Error('Stopped.')), 200)
    await expect(
      run(['cat'], { stdin: slowly(Buffer.from('x')), signal: ending.signal }).then(() => run(['sleep', '60'], { signal: ending.signal })),
    ).rejects.toThrow('Stopped.')
  })

  it('whose connection breaks has not ended well', async () => {
    const { run } = await engine({ cut: true })
    await expect(run(['echo', 'much'])).rejects.toThrow('the connection to the program in the container broke')
  })

  it('cannot run where there is no such container', async () => {
    const { run } = await engine()
    await expect(run(['true'], {}, 'nobody')).rejects.toThrow('No such container')
  })
})
