import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { waitFor } from '@zaptria/lab/testing'

/** Why a Docker of the test's own cannot run on this machine, or null. */
export function dockerMissing(): string | null {
  const missing = ['docker', 'dockerd', 'containerd', 'nsenter'].filter((tool) => {
    try {
      execFileSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${tool}`], { stdio: 'ignore' })
      return false
    } catch {
      return true
    }
  })
  return missing.length === 0 ? null : `needs ${missing.join(', ')}`
}

export type TestDocker = AsyncDisposable & { host: string; image: string }

/**
 * A Docker of its own inside a network namespace: its bridges and rules are there, its files in a temporary directory; the machine's own
 * Docker is not touched. It has one image, with nothing but this Node in it.
 */
export async function startDocker(namespace: string): Promise<TestDocker> {
  const dir = mkdtempSync(join(tmpdir(), 'zaptria-docker-'))
  const children: { child: ChildProcess; closed: Promise<void> }[] = []
  const stop = async (): Promise<void> => {
    for (const { child, closed } of children.toReversed()) {
      child.kill('SIGTERM')
      await closed
    }
    rmSync(dir, { recursive: true, force: true })
  }
  const start = (command: string, args: readonly string[]): ChildProcess => {
    const child = spawn(command, args, { stdio: 'ignore', env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` } })
    children.push({ child, closed: new Promise((done) => child.once('close', () => done())) })
    return child
  }
  try {
    const at = (name: string): string => join(dir, name)
    const host = `unix://${at('docker.sock')}`
    writeFileSync(
      at('containerd.toml'),
      `version = 2
root = "${at('containerd')}"
state = "${at('containerd-state')}"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "${at('containerd.sock')}"
[ttrpc]
address = "${at('containerd.sock.ttrpc')}"
`,
    )
    // Mounts of its own, with an empty /run/docker: there Docker keeps its containers' network namespaces, wherever its other files are.
    const own = 'mkdir -p /run/docker && mount -t tmpfs none /run/docker && exec containerd --config "$0"'
    const { pid } = start('unshare', ['--mount', 'sh', '-c', own, at('containerd.toml')])
    await waitFor(() => execFileSync('test', ['-S', at('containerd.sock')]) !== null, { what: 'containerd' })
    const places = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid'), '--containerd', at('containerd.sock')]
    start('nsenter', [
      `--net=/run/netns/${namespace}`,
      `--mount=/proc/${pid}/ns/mnt`,
      'dockerd',
      '--host',
      host,
      '--bip',
      '172.31.0.1/16',
      ...places,
    ])
    const docker = (args: readonly string[]): string =>
      execFileSync('docker', ['--host', host, ...args], { encoding: 'utf8', stdio: 'pipe' })
    await waitFor(() => docker(['version']), { what: 'a Docker of our own', timeoutMs: 40_000, everyMs: 200 })
    const image = 'zaptria-test/node:latest'
    execFileSync('sh', ['-c', `tar -C "${nodeRoot(at('root'))}" -c . | docker --host ${host} import - ${image}`], { stdio: 'pipe' })
    return { host, image, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A root directory with this Node and the libraries that it loads. */
function nodeRoot(root: string): string {
  const libraries = execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).match(/\/\S+/g) ?? []
  for (const file of libraries) {
    mkdirSync(join(root, dirname(file)), { recursive: true })
    copyFileSync(file, join(root, file))
  }
  mkdirSync(join(root, 'bin'), { recursive: true })
  copyFileSync(process.execPath, join(root, 'bin/node'))
  return root
}
