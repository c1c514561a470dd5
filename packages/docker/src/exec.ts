import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { EngineClient } from './client.ts'

export type ContainerRun = {
  command: readonly string[]
  /** Is in no list of processes. */
  env?: Readonly<Record<string, string>>
  stdin?: AsyncIterable<Uint8Array | string>
  signal?: AbortSignal
  /** What it says on standard error, as it comes. */
  said: (text: string) => void
}

const Made = z.object({ Id: z.string() })
const Ran = z.object({ Running: z.boolean(), ExitCode: z.number().nullable() })

/** The engine knows the exit code a moment after the end of what was printed. */
const EXIT_MS = 5_000

/**
 * Runs a program in a container that runs; yields what it prints and returns its exit code. Throws what `stdin` throws, and why `signal` was aborted.
 * Whoever stops reading closes its input and output, which is all that ends it: the engine has no word to kill it.
 */
export async function* runInContainer(
  client: EngineClient,
  container: string,
  { command, env = {}, stdin, signal, said }: ContainerRun,
): AsyncGenerator<Buffer, number> {
  signal?.throwIfAborted()
  const about = {
    Cmd: command,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    AttachStdin: stdin !== undefined,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
  }
  const { Id: id } = Made.parse(await client.call('POST', `/containers/${encodeURIComponent(container)}/exec`, { body: about }))
  const socket = await client.takeOver(`/exec/${id}/start`, { body: { Detach: false, Tty: false } })
  const end = (): void => void socket.destroy()
  signal?.addEventListener('abort', end)
  let fault: Error | undefined
  async function* watched(source: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array | string> {
    try {
      yield* source
    } catch (error) {
      fault = error instanceof Error ? error : new Error(String(error))
      throw fault
    }
  }
  // A program that wants no more says itself why.
  const fed = stdin === undefined ? undefined : pipeline(watched(stdin), socket).catch(() => {})
  try {
    for await (const { stream, bytes } of frames(socket)) {
      if (stream === 'stdout') yield bytes
      else said(bytes.toString())
    }
    await fed
    return await exitCode(client, id)
  } catch (error) {
    signal?.throwIfAborted()
    throw fault ?? error
  } finally {
    signal?.removeEventListener('abort', end)
    socket.destroy()
    await fed
  }
}

async function exitCode(client: EngineClient, id: string): Promise<number> {
  for (const until = performance.now() + EXIT_MS; ; await delay(50)) {
    const { Running, ExitCode } = Ran.parse(await client.call('GET', `/exec/${id}/json`))
    if (!Running && ExitCode !== null) return ExitCode
    if (performance.now() > until) throw new Error('the connection to the program in the container broke: it still runs')
  }
}

/** Docker's own framing of a program's two outputs: stream(1) 0 0 0 length(4, big endian), and as many bytes. */
async function* frames(socket: Duplex): AsyncGenerator<{ stream: 'stdout' | 'stderr'; bytes: Buffer }> {
  let waiting: Buffer = Buffer.alloc(0)
  let head: { stream: 'stdout' | 'stderr'; left: number } | undefined
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
    for (;;) {
      if (head === undefined) {
        if (waiting.length < 8) break
        head = { stream: waiting[0] === 2 ? 'stderr' : 'stdout', left: waiting.readUInt32BE(4) }
        waiting = waiting.subarray(8)
      }
      const bytes = waiting.subarray(0, head.left)
      waiting = waiting.subarray(bytes.length)
      head.left -= bytes.length
      if (bytes.length > 0) yield { stream: head.stream, bytes }
      if (head.left > 0) break
      head = undefined
    }
  }
  if (head !== undefined || waiting.length > 0) throw new Error('the connection to the program in the container broke')
}
