import { spawn } from 'node:child_process'
import { createReadStream, createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { docker, run, type Image } from './docker.ts'
import { normaliseLayer, type TimeOf } from './normalise-layer.ts'

export const OFFICIAL = 'debian:bookworm-slim'
export const OWN = 'zaptria/base:bookworm'
const DEBOOTSTRAP = 'debootstrap'
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
/** Security updates come every few days; a base that was made here is made anew when it is older than this. */
const RECENT_MS = 7 * 24 * 3_600_000
/** Debian's image is 30 MB: a registry that has not given it by then is as good as none. */
const PULL_MS = 60_000

export type Base = { name: string; id: string; content: Image['content']; from: string }

/** What images are built on: as asked for, else Debian's own from the registry, else one made here from Debian's packages. */
export async function ensureBase(options: {
  wanted: string | undefined
  fresh: boolean
  architecture: string
  scratch: string
  timeOf: TimeOf
  now: Date
  tell: (text: string) => void
}): Promise<Base> {
  const { wanted, fresh, now, tell } = options
  if (wanted !== undefined && wanted !== DEBOOTSTRAP) return given(wanted)
  const own = fresh ? null : await docker.image(OWN)
  if (own !== null && now.getTime() - own.created.getTime() < RECENT_MS)
    return { ...own, name: OWN, from: `made here from Debian's packages on ${own.created.toISOString().slice(0, 10)}` }
  let why = ''
  if (wanted === undefined) {
    try {
      await docker.pull(OFFICIAL, PULL_MS)
      return { ...(await given(OFFICIAL)), from: 'pulled from the registry' }
    } catch (error) {
      why = `${OFFICIAL} cannot be pulled (${(error as Error).message.replace(/^.*Error response from daemon: /s, '').trim()}). `
    }
  }
  await mustBeAbleTo(why, options.architecture)
  tell(`${why}Making a base from Debian's packages (a minute or two) …`)
  const made = await makeBase(options.scratch, options.timeOf)
  return { ...made, name: OWN, from: "made here from Debian's packages just now" }
}

async function given(name: string): Promise<Base> {
  const here = await docker.image(name)
  if (here !== null) return { ...here, name, from: 'found on this engine' }
  await docker.pull(name, PULL_MS)
  const pulled = await docker.image(name)
  if (pulled === null) throw new Error(`${name} is not there although it was pulled.`)
  return { ...pulled, name, from: 'pulled from the registry' }
}

async function mustBeAbleTo(why: string, architecture: string): Promise<void> {
  const missing: string[] = []
  if (process.platform !== 'linux' || process.getuid?.() !== 0) missing.push('root on a Linux machine')
  if (!existsSync('/usr/sbin/debootstrap')) missing.push('debootstrap (apt install debootstrap)')
  if (!existsSync(KEYRING)) missing.push("Debian's keys (apt install debian-archive-keyring)")
  const ours = process.arch === 'x64' ? 'amd64' : process.arch
  if (architecture !== ours) missing.push(`a machine of the engine's architecture (${architecture}; this one is ${ours})`)
  if (missing.length === 0) return
  throw new Error(
    `${why}To make a base here instead, this needs: ${missing.join(', ')}. Or name an image that the engine has: --base NAME.`,
  )
}

/** As in Debian's slim images: texts for readers are left out, licences stay. */
const SLIM = `# Nobody reads these in a container; licences stay.
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/groff/*
path-exclude /usr/share/info/*
path-exclude /usr/share/linda/*
path-exclude /usr/share/lintian/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
# The container is thrown away when the machine fails.
force-unsafe-io
`
const SOURCES = `deb http://deb.debian.org/debian bookworm main
deb http://deb.debian.org/debian bookworm-updates main
deb http://deb.debian.org/debian-security bookworm-security main
`
const APT = `Acquire::Languages "none";
Acquire::GzipIndexes "true";
APT::AutoRemove::SuggestsImportant "false";
`

async function makeBase(scratch: string, timeOf: TimeOf): Promise<Image> {
  const root = join(scratch, 'base')
  const tar = join(scratch, 'base.tar')
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' }
  const remove = (): Promise<string> => run('rm', ['-rf', '--one-file-system', root, tar])
  await remove()
  mkdirSync(scratch, { recursive: true })
  await run('debootstrap', ['--variant=minbase', `--keyring=${KEYRING}`, 'bookworm', root, 'http://deb.debian.org/debian'], { env })
  const write = (name: string, text: string): void => writeFileSync(join(root, name), text)
  write('etc/dpkg/dpkg.cfg.d/docker', SLIM)
  write('etc/apt/apt.conf.d/docker', APT)
  write('etc/apt/sources.list', SOURCES)
  for (const args of [['update', '-qq'], ['dist-upgrade', '-y', '-qq'], ['clean']]) await run('chroot', [root, 'apt-get', ...args], { env })
  for (const name of ['groff', 'info', 'linda', 'lintian', 'locale', 'man'])
    rmSync(join(root, 'usr/share', name), { recursive: true, force: true })
  await run('find', [join(root, 'usr/share/doc'), '(', '-type', 'f', '-o', '-type', 'l', ')', '!', '-name', 'copyright', '-delete'])
  await run('find', [join(root, 'usr/share/doc'), '-type', 'd', '-empty', '-delete'])
  // What debootstrap took from this machine, and what says when the base was made.
  for (const name of ['etc/resolv.conf', 'etc/hostname', 'etc/machine-id']) write(name, '')
  write('etc/shadow', readFileSync(join(root, 'etc/shadow'), 'utf8').replaceAll(/^([^:]*:[^:]*:)\d+:/gm, '$119700:'))
  const packed = spawn('tar', ['-C', root, '--one-file-system', '--numeric-owner', '--xattrs', '-c', '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => packed.on('close', resolve))
  await normaliseLayer(packed.stdout, createWriteStream(tar), timeOf)
  if ((await ended) !== 0) throw new Error('tar could not pack the base.')
  const image = await docker.import(createReadStream(tar), OWN)
  await remove()
  return image
}
