import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { ProofSpec } from '../port.ts'

/** Runs a proof as a child process. The bot's program keeps its browser from reaching anything; another network it cannot be given without rights. */
export async function proveInProcess(
  dir: string,
  program: { command: string; args: readonly string[]; env: Record<string, string> },
  spec: ProofSpec,
): Promise<string> {
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir, { recursive: true, mode: 0o700 })
  try {
    for (const { name, bytes } of spec.files)
      await pipeline(Readable.from(bytes, { objectMode: false }), createWriteStream(path.join(dir, name), { mode: 0o600 }), {
        signal: spec.signal,
      })
    const child = spawn(program.command, [...program.args, 'prove', dir], {
      cwd: dir,
      env: { ...program.env, HOME: dir, ...spec.env, ZAPTRIA_EXIT_WITH_STDIN: '1' },
      // Standard input stays open and silent: when we die, it closes, and the program ends with us.
      stdio: ['pipe', 'pipe', 'pipe'],
      // A group of its own, so that its browser ends with it.
      detached: true,
    })
    const kill = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has ended, and all that it started.
      }
    }
    child.stdin.on('error', () => {})
    spec.signal.addEventListener('abort', kill)
    try {
      const ended = new Promise<string | null>((done, fail) => {
        child.once('error', fail)
        child.once('exit', (code, signal) => done(code === 0 ? null : (signal ?? `${code}`)))
      })
      const [failure, said, words] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
      spec.signal.throwIfAborted()
      if (failure !== null) throw new Error(`the proof ended with ${failure}: ${words.trim().slice(-500)}`)
      return said
    } finally {
      spec.signal.removeEventListener('abort', kill)
      kill()
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
