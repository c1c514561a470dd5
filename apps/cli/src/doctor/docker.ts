import { BOT_IMAGE } from '@zaptria/contract'
import type { Check, Outcome } from './check.ts'
import { fail, ok, skip, warn } from './check.ts'
import type { Machine, Space } from './machine.ts'

export type DockerInfo = {
  Driver: string
  DriverStatus?: [string, string][] | null
  MemoryLimit: boolean
  SwapLimit: boolean
  PidsLimit: boolean
  SecurityOptions?: string[] | null
  DockerRootDir: string
}

/** What Docker says of itself, or null when it cannot be reached. */
export async function dockerInfo({ docker }: Machine): Promise<DockerInfo | null> {
  return docker.get('/info').then(
    (info) => info as DockerInfo,
    () => null,
  )
}

/**
 * Whether the Docker that we speak to runs on the machine that we look at: by its socket, and its files are here. In a container, and for a
 * Docker in a virtual machine, they are not.
 */
export async function dockerIsLocal(machine: Machine): Promise<boolean> {
  const info = machine.docker.local ? await dockerInfo(machine) : null
  return info !== null && (await machine.space(info.DockerRootDir)) !== null
}

const kernelLine = (what: string): string =>
  `Add ${what} to GRUB_CMDLINE_LINUX in /etc/default/grub, then: sudo update-grub && sudo reboot (Raspberry Pi: /boot/firmware/cmdline.txt)`

export const dockerChecks: readonly Check[] = [
  {
    id: 'docker',
    title: 'Docker',
    run: async (machine) => {
      try {
        const { Version, ApiVersion } = (await machine.docker.get('/version')) as { Version: string; ApiVersion: string }
        return ok(`${Version}, API ${ApiVersion}`)
      } catch (error) {
        return unreachable(machine.docker.address, error as NodeJS.ErrnoException)
      }
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
export async function botImages({ docker }: Machine): Promise<string[]> {
  const images = (await docker.get('/images/json', { filters: { reference: [BOT_IMAGE.name] } })) as { RepoTags?: string[] | null }[]
  return images
    .flatMap(({ RepoTags }) => RepoTags ?? [])
    .filter((name) => name.startsWith(`${BOT_IMAGE.name}:`))
    .toSorted((a, b) => Number(b.endsWith(':latest')) - Number(a.endsWith(':latest')))
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

function unreachable(address: string, { code, message }: NodeJS.ErrnoException): Outcome {
  if (code === 'ENOENT')
    return fail(
      `there is no Docker at ${address}`,
      'Debian, Ubuntu: sudo apt install docker.io; if DOCKER_HOST is set, see that it is right',
    )
  if (code === 'EACCES' || code === 'EPERM')
    return fail('this user may not speak to Docker', 'sudo usermod -aG docker "$USER", then sign in again (or run this with sudo)')
  if (/speaks API .*: update Docker/.test(message))
    return fail(message, 'Install Docker 20.10 or newer: https://docs.docker.com/engine/install/')
  return fail(`does not answer (${message})`, 'sudo systemctl enable --now docker; if DOCKER_HOST is set, see that it is right')
}

const GB = 1024 ** 3

export function judgeSpace(
  root: string,
  { freeBytes, totalBytes, freeInodes, totalInodes }: Space,
  fix = 'docker system df shows what takes it; docker image prune removes unused images (never prune volumes: sessions live there)',
): Outcome {
  const free = totalBytes === 0 ? 0 : freeBytes / totalBytes
  // Some file systems (btrfs) make inodes as they need them and say 0.
  const inodes = totalInodes === 0 ? 1 : freeInodes / totalInodes
  const told = `${(freeBytes / GB).toFixed(1)} GB of ${(totalBytes / GB).toFixed(1)} GB free in ${root}, ${Math.round(inodes * 100)}% of its inodes`
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
