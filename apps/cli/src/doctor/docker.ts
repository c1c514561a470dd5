import { BOT_IMAGE } from '@zaptria/contract'
import type { Check, Outcome } from './check.ts'
import { fail, ok, skip, warn } from './check.ts'
import type { Machine } from './machine.ts'
import { json, jsonLines } from './machine.ts'

/** What Debian 12's Docker speaks: limits of processes, and all the rest that bots' containers ask for. */
const API = [1, 41] as const
const FORMAT = ['--format', '{{json .}}'] as const

export type DockerInfo = {
  Driver: string
  DriverStatus?: [string, string][] | null
  MemoryLimit: boolean
  SwapLimit: boolean
  PidsLimit: boolean
  SecurityOptions?: string[] | null
  DockerRootDir: string
  ServerErrors?: string[]
}

/** What Docker says of itself, or null when it cannot be reached. */
export async function dockerInfo(machine: Machine): Promise<DockerInfo | null> {
  const info = json(await machine.run('docker', ['info', ...FORMAT])) as DockerInfo | null
  // The client prints what it knows even when there is no daemon.
  return info === null || !info.DockerRootDir ? null : info
}

/** Whether the Docker that we speak to runs on this machine, so that looking at this machine tells something about it. */
export async function dockerIsLocal(machine: Machine): Promise<boolean> {
  const { code, stdout } = await machine.run('docker', ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'])
  return code === 0 && stdout.trim().startsWith('unix://')
}

const kernelLine = (what: string): string =>
  `Add ${what} to GRUB_CMDLINE_LINUX in /etc/default/grub, then: sudo update-grub && sudo reboot (Raspberry Pi: /boot/firmware/cmdline.txt)`

export const dockerChecks: readonly Check[] = [
  {
    id: 'docker',
    title: 'Docker',
    run: async (machine) => {
      const ran = await machine.run('docker', ['version', ...FORMAT])
      if (ran.code === null) return fail('the docker command is not installed', 'Debian, Ubuntu: sudo apt install docker.io')
      const version = json(ran) as { Server?: { Version?: string; ApiVersion?: string } | null } | null
      const server = version?.Server
      if (!server?.ApiVersion) return unreachable(ran.stderr)
      const [major = 0, minor = 0] = server.ApiVersion.split('.').map(Number)
      const told = `${server.Version ?? 'unknown version'}, API ${server.ApiVersion}`
      if (major < API[0] || (major === API[0] && minor < API[1]))
        return fail(
          `${told}, which is older than API ${API.join('.')}`,
          'Install Docker 20.10 or newer: https://docs.docker.com/engine/install/',
        )
      return ok(told)
    },
  },
  fromInfo('memory', 'Memory limits', ({ MemoryLimit, SwapLimit }) => {
    if (!MemoryLimit) return fail('the kernel does not limit memory: one bot could take it all', kernelLine('cgroup_enable=memory'))
    if (!SwapLimit) return warn('memory is limited, swap is not: a bot over its limit swaps instead of ending', kernelLine('swapaccount=1'))
    return ok('memory and swap')
  }),
  fromInfo('pids', 'Process limits', ({ PidsLimit }) =>
    PidsLimit
      ? ok('supported')
      : fail('the kernel does not limit processes: one bot could stop the machine', 'Use a kernel with CONFIG_CGROUP_PIDS'),
  ),
  fromInfo('seccomp', 'System call filter', ({ SecurityOptions }) =>
    SecurityOptions?.some((option) => option.startsWith('name=seccomp')) === true
      ? ok('seccomp is on')
      : fail('seccomp is off: bots could use any system call', 'Use a kernel with CONFIG_SECCOMP_FILTER, and a Docker built with seccomp'),
  ),
  fromInfo('storage', 'Storage driver', ({ Driver }) =>
    Driver === 'overlay2' || Driver === 'overlayfs'
      ? ok(Driver)
      : warn(
          `${Driver}, which is slow or wastes space with many containers`,
          'Set "storage-driver": "overlay2" in /etc/docker/daemon.json (images must be loaded again), then: sudo systemctl restart docker',
        ),
  ),
  {
    id: 'volumes',
    title: 'Size of volumes',
    needs: 'local docker',
    run: async (machine) => {
      const root = (await dockerInfo(machine))?.DockerRootDir ?? '/'
      const mount = mountOf(root, (await machine.read('/proc/mounts')) ?? '')
      if (mount === null) return skip('/proc/mounts does not tell')
      if (mount.type === 'xfs' && mount.options.some((option) => option === 'prjquota' || option === 'pquota'))
        return ok('xfs with project quotas: volumes can be limited')
      return ok(`${mount.type} without project quotas: volumes are measured, not limited`)
    },
  },
  {
    id: 'space',
    title: 'Disk of Docker',
    needs: 'local docker',
    run: async (machine) => {
      const root = (await dockerInfo(machine))?.DockerRootDir ?? '/'
      const space = await machine.space(root)
      return space === null ? skip(`${root} cannot be seen from here`) : judgeSpace(root, space)
    },
  },
  {
    id: 'image',
    title: 'Image of bots',
    needs: 'docker',
    run: async (machine) => {
      const images = await botImages(machine)
      if (images.length === 0)
        return warn(`there is no ${BOT_IMAGE.name} yet`, `docker pull ${BOT_IMAGE.name}, or build it from this repository`)
      return ok(images.join(', '))
    },
  },
]

/** Names of the bot image's versions that are here, "latest" first. */
export async function botImages(machine: Machine): Promise<string[]> {
  const lines = jsonLines(await machine.run('docker', ['image', 'ls', BOT_IMAGE.name, ...FORMAT])) as { Tag: string }[]
  return lines
    .map(({ Tag }) => Tag)
    .filter((tag) => tag !== '<none>')
    .toSorted((a, b) => Number(b === 'latest') - Number(a === 'latest'))
    .map((tag) => `${BOT_IMAGE.name}:${tag}`)
}

function fromInfo(id: string, title: string, judge: (info: DockerInfo) => Outcome): Check {
  return {
    id,
    title,
    needs: 'docker',
    run: async (machine) => {
      const info = await dockerInfo(machine)
      return info === null ? skip('Docker does not tell') : judge(info)
    },
  }
}

function unreachable(stderr: string): Outcome {
  const why = stderr.trim().split('\n')[0] ?? ''
  if (/permission denied/i.test(why))
    return fail('this user may not speak to Docker', 'sudo usermod -aG docker "$USER", then sign in again (or run this with sudo)')
  return fail(
    `does not answer${why === '' ? '' : ` (${why})`}`,
    'sudo systemctl enable --now docker; if DOCKER_HOST is set, see that it is right',
  )
}

const GB = 1024 ** 3

function judgeSpace(
  root: string,
  { freeBytes, totalBytes, freeInodes, totalInodes }: { freeBytes: number; totalBytes: number; freeInodes: number; totalInodes: number },
): Outcome {
  const free = totalBytes === 0 ? 0 : freeBytes / totalBytes
  // Some file systems (btrfs) make inodes as they need them and say 0.
  const inodes = totalInodes === 0 ? 1 : freeInodes / totalInodes
  const told = `${(freeBytes / GB).toFixed(1)} GB of ${(totalBytes / GB).toFixed(1)} GB free in ${root}, ${Math.round(inodes * 100)}% of its inodes`
  const fix = `docker system df shows what takes it; docker image prune removes unused images (never prune volumes: sessions live there)`
  if (freeBytes < GB || inodes < 0.02) return fail(told, fix)
  if (free < 0.1 || freeBytes < 5 * GB || inodes < 0.1) return warn(told, fix)
  return ok(told)
}

function mountOf(path: string, mounts: string): { type: string; options: string[] } | null {
  const found = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, at]) => at !== undefined && at !== '')
    .filter(([, at = '']) => at === '/' || path === at || path.startsWith(`${at}/`))
    // The deepest one holds the path; of several at one place the last one covers the others.
    .reduce<string[] | null>((best, line) => (best === null || line[1]!.length >= best[1]!.length ? line : best), null)
  return found === null ? null : { type: found[2] ?? 'unknown', options: (found[3] ?? '').split(',') }
}
