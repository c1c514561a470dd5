import { spawn } from 'node:child_process'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { PgToolError, SAID_CHARS } from './tools.ts'
import type { PgTools } from './tools.ts'

/** PostgreSQL's programs in a directory of this machine. */
export function createLocalTools(dir: string): PgTools {
  return {
    where: dir,
    async *run(program, args, { env = {}, stdin, signal } = {}) {
      signal?.throwIfAborted()
      const child = spawn(path.join(dir, program), args, {
        cwd: '/',
        // Without the caller's PG* variables, which would steer it elsewhere.
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C', LC_ALL: 'C', ...env },
        stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      })
      let said = ''
      child.stderr!.setEncoding('utf8').on('data', (words: string) => (said = (said + words).slice(-SAID_CHARS)))
      const ended = new Promise<string | null>((done) => {
        child.once('error', (error) => done(error.message))
        child.once('close', (code, killed) =>
          done(code === 0 ? null : killed === null ? `it ended with ${code}` : `it was ended by ${killed}`),
        )
      })
      const kill = (): void => void child.kill('SIGKILL')
      signal?.addEventListener('abort', kill)
      const fed = stdin === undefined ? undefined : feed(stdin, child.stdin!, kill)
      try {
        yield* child.stdout as AsyncIterable<Buffer>
        const how = await ended
        const fault = await fed
        signal?.throwIfAborted()
        if (fault !== undefined) throw fault
        if (how !== null) throw new PgToolError(program, dir, said.trim() === '' ? how : said.trim())
      } finally {
        signal?.removeEventListener('abort', kill)
        kill()
        await ended
      }
    },
  }
}

/** Answers with what the source threw, having ended who waits for more; a program that wants no more says itself why. */
async function feed(source: AsyncIterable<Uint8Array | string>, into: NodeJS.WritableStream, end: () => void): Promise<Error | undefined> {
  let fault: Error | undefined
  async function* watched(): AsyncGenerator<Uint8Array | string> {
    try {
      yield* source
    } catch (error) {
      fault = error instanceof Error ? error : new Error(String(error))
      // At once: an end of its input is not to be taken for the end of what was to come.
      end()
      throw fault
    }
  }
  await pipeline(watched(), into).catch(() => {})
  return fault
}
