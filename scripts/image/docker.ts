import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

type Run = { env?: NodeJS.ProcessEnv; timeoutMs?: number }

/** Runs a program and gives what it printed; throws with its last words. */
export async function run(command: string, args: readonly string[], options: Run = {}): Promise<string> {
  const child = spawn(command, args, {
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
  })
  let out = ''
  child.stdout.on('data', (data: Buffer) => (out += data.toString()))
  try {
    await ended(child, [command, ...args.slice(0, 3)].join(' '))
  } catch (error) {
    const said = out.trim().split('\n').slice(-25).join('\n')
    throw said === '' ? error : new Error(`${(error as Error).message}\n${said}`, { cause: error })
  }
  return out
}

export type Image = {
  id: string
  /** What it holds and runs with, whenever it was made. */
  content: { layers: string[]; settings: Record<string, unknown> }
  created: Date
}

export const docker = {
  /** The engine's architecture, Docker's word for it; throws a sentence when there is no engine. */
  async architecture(): Promise<string> {
    try {
      return (await run('docker', ['version', '--format', '{{.Server.Arch}}'], { timeoutMs: 20_000 })).trim()
    } catch (error) {
      throw new Error(
        `Docker does not answer. Images are built by a Docker engine (20.10 or newer): install it, start it, and let this user use it.\n${(error as Error).message}`,
        { cause: error },
      )
    }
  },

  async image(name: string): Promise<Image | null> {
    try {
      const text = await run('docker', ['image', 'inspect', '--format', '{{json .}}', name])
      const found = JSON.parse(text) as {
        Id: string
        Created: string
        Config?: Record<string, unknown> | null
        RootFS: { Layers?: string[] }
      }
      const { Env, Cmd, Labels } = found.Config ?? {}
      return {
        id: found.Id,
        created: new Date(found.Created),
        content: { layers: found.RootFS.Layers ?? [], settings: { Env, Cmd, Labels } },
      }
    } catch (error) {
      if (/no such image/i.test((error as Error).message)) return null
      throw error
    }
  },

  /** The id of an image of this name, whatever its tag, that has the label. */
  async labelled(name: string, label: string): Promise<string | undefined> {
    const text = await run('docker', [
      'image',
      'ls',
      '--quiet',
      '--no-trunc',
      '--filter',
      `reference=${name}`,
      '--filter',
      `label=${label}`,
    ])
    return text
      .trim()
      .split('\n')
      .find((id) => id !== '')
  },

  async pull(name: string, timeoutMs: number): Promise<void> {
    await run('docker', ['pull', '--quiet', name], { timeoutMs })
  },

  async tag(id: string, name: string): Promise<void> {
    await run('docker', ['tag', id, name])
  },

  /** The image's layers, the lowest first, with the step that made each and its size in bytes. */
  async layers(name: string): Promise<{ by: string; bytes: number }[]> {
    const text = await run('docker', ['history', '--no-trunc', '--human=false', '--format', '{{json .}}', name])
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { CreatedBy: string; Size: string })
      .map(({ CreatedBy, Size }) => ({ by: CreatedBy, bytes: Number(Size) }))
      .toReversed()
  },

  async build(context: string, options: { args: Record<string, string>; labels: Record<string, string>; cache: boolean }): Promise<string> {
    const dir = mkdtempSync(join(tmpdir(), 'zaptria-image-'))
    try {
      const idFile = join(dir, 'id')
      const pairs = (flag: string, of: Record<string, string>): string[] => Object.entries(of).flatMap(([k, v]) => [flag, `${k}=${v}`])
      await run(
        'docker',
        [
          'build',
          '--iidfile',
          idFile,
          ...(options.cache ? [] : ['--no-cache']),
          ...pairs('--build-arg', options.args),
          ...pairs('--label', options.labels),
          context,
        ],
        // BuildKit adds a description of the build itself, with dates.
        { env: { ...process.env, BUILDX_NO_DEFAULT_ATTESTATIONS: '1' } },
      )
      return readFileSync(idFile, 'utf8').trim()
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  },

  /** The image as an archive; `done` rejects with what Docker said when it could not. */
  save(id: string): { archive: Readable; done: Promise<unknown> } {
    const child = spawn('docker', ['save', id], { stdio: ['ignore', 'pipe', 'pipe'] })
    return { archive: child.stdout, done: ended(child, 'docker save') }
  },

  async load(archive: Readable): Promise<void> {
    const child = spawn('docker', ['load', '--quiet'], { stdio: ['pipe', 'ignore', 'pipe'] })
    const [sent, done] = await Promise.allSettled([pipeline(archive, child.stdin), ended(child, 'docker load')])
    if (done.status === 'rejected') throw done.reason
    if (sent.status === 'rejected') throw sent.reason
  },

  async import(archive: Readable, name: string): Promise<Image> {
    const child = spawn('docker', ['import', '--change', 'CMD ["bash"]', '-', name], { stdio: ['pipe', 'ignore', 'pipe'] })
    const [sent, done] = await Promise.allSettled([pipeline(archive, child.stdin), ended(child, 'docker import')])
    if (done.status === 'rejected') throw done.reason
    if (sent.status === 'rejected') throw sent.reason
    const image = await docker.image(name)
    if (image === null) throw new Error(`${name} is not there although docker import made it.`)
    return image
  },

  /** Removes an image and the steps that led to it, unless another one needs them. */
  async remove(id: string): Promise<void> {
    try {
      await run('docker', ['image', 'rm', id])
    } catch (error) {
      if (!/conflict|no such image/i.test((error as Error).message)) throw error
    }
  },
}

function ended(child: ChildProcess, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let err = ''
    child.stderr?.on('data', (data: Buffer) => (err = (err + data.toString()).slice(-8_000)))
    child.on('error', (error) => reject(new Error(`${what} could not be started: ${error.message}`, { cause: error })))
    child.on('close', (code, signal) => (code === 0 ? resolve() : reject(new Error(`${what} failed (${signal ?? code}): ${err.trim()}`))))
  })
}
