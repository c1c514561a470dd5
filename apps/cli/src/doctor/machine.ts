import { spawn } from 'node:child_process'
import { readFile, statfs } from 'node:fs/promises'
import { createEngineClient, engineAddress, engineOf, isLocal } from '@zaptria/docker'
import type { EngineAddress, EngineClient } from '@zaptria/docker'

/** `code` null: there is no such program. */
export type Ran = { code: number | null; stdout: string; stderr: string }
export type Space = { freeBytes: number; totalBytes: number; freeInodes: number; totalInodes: number }

/** What checks may ask of the machine they look at. They never change it. */
export type Machine = {
  run: (program: string, args: readonly string[]) => Promise<Ran>
  /** A file's text, or null when there is none. */
  read: (path: string) => Promise<string | null>
  /** Of the file system that holds a path, or null when there is no such path. */
  space: (path: string) => Promise<Space | null>
  docker: {
    /** As people write it. */
    address: string
    /** By a socket of this machine. */
    local: boolean
    /** Asks the engine; throws what it answered instead. */
    get: (path: string, query?: Record<string, object>) => Promise<unknown>
  }
  root: boolean
  etc: string
  /** The ranges of bots that the user names; none: those that are in use. */
  pools: readonly string[]
}

/** No question that a check asks takes longer, unless something hangs. */
const PATIENCE_MS = 20_000

/** `address` null: what the environment names is none, and every call says so. */
export type Engine = { text: string; address: EngineAddress | null; client: EngineClient }

export function engineFrom(env: NodeJS.ProcessEnv): Engine {
  const { text, files } = engineOf(env)
  try {
    const address = engineAddress(text, files)
    return { text, address, client: createEngineClient(address) }
  } catch (error) {
    const rejected = (): Promise<never> => Promise.reject(error)
    const lines = (): never => {
      throw error
    }
    return { text, address: null, client: { call: rejected, open: rejected, takeOver: rejected, knock: rejected, lines, close: () => {} } }
  }
}

/** This machine. What is asked twice is asked once: several checks read the same answers. */
export function thisMachine(
  engine: Engine,
  { signal, etc, pools }: { signal: AbortSignal; etc: string; pools: readonly string[] },
): Machine {
  const asked = new Map<string, Promise<unknown>>()
  const once = <T>(key: readonly unknown[], ask: () => Promise<T>): Promise<T> => {
    const text = JSON.stringify(key)
    const answer = (asked.get(text) as Promise<T> | undefined) ?? ask()
    asked.set(text, answer)
    return answer
  }
  return {
    run: (program, args) => once([program, args], () => runProgram(program, args, signal)),
    read: (path) => readFile(path, 'utf8').catch(() => null),
    space: (path) =>
      statfs(path).then(
        (fs) => ({ freeBytes: fs.bavail * fs.bsize, totalBytes: fs.blocks * fs.bsize, freeInodes: fs.ffree, totalInodes: fs.files }),
        () => null,
      ),
    docker: {
      address: engine.text,
      local: engine.address !== null && isLocal(engine.address),
      get: (path, query) =>
        once([path, query], () =>
          engine.client.call('GET', path, { signal, timeoutMs: PATIENCE_MS, ...(query === undefined ? {} : { query }) }),
        ),
    },
    root: process.getuid?.() === 0,
    etc,
    pools,
  }
}

/**
 * Never throws: a program that fails is an answer. Programs run in a group of their own, so that Ctrl-C in a terminal reaches only us, and we
 * decide: `signal` ends the ones that only look, those that make something are left to finish, so that it can be removed.
 */
export function runProgram(program: string, args: readonly string[], signal?: AbortSignal): Promise<Ran> {
  // As root by sudo or cron, sbin may not be on the path; there iptables and nft live.
  const env = { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` }
  return new Promise((done) => {
    const child = spawn(program, args, {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(signal === undefined ? {} : { signal }),
    })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
    const late = setTimeout(() => {
      stderr = `${program} did not answer within ${PATIENCE_MS / 1000} s`
      child.kill('SIGKILL')
    }, PATIENCE_MS)
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(late)
      if (error.code === 'ENOENT') done({ code: null, stdout: '', stderr: `${program} is not installed` })
      else done({ code: 1, stdout, stderr: error.message })
    })
    child.on('close', (code) => {
      clearTimeout(late)
      done({ code: code ?? 1, stdout, stderr })
    })
  })
}

/** The JSON that a program prints, or null when it failed or printed something else. */
export function json(ran: Ran): unknown {
  if (ran.code !== 0) return null
  try {
    return JSON.parse(ran.stdout) as unknown
  } catch {
    return null
  }
}
