import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleCli, bundleControlPlane } from './bundles.ts'
import { nodeFor } from './node-binary.ts'

export const IMAGES = ['bot', 'control-plane'] as const
export type ImageName = (typeof IMAGES)[number]

/** Where our own files lie in an image. */
export const HOME = 'opt/zaptria'

/** Lays out what the Dockerfile copies; returns the folder and the SHA-256 of all that is in it. */
export async function prepareContext(
  image: ImageName,
  options: { root: string; scratch: string; architecture: string; date: Date; tell: (text: string) => void },
): Promise<{ dir: string; hash: string }> {
  const { root, scratch, date } = options
  const dir = join(scratch, 'contexts', image)
  rmSync(dir, { recursive: true, force: true })
  const put = (from: string, to: string): void => cpSync(join(root, from), join(dir, to), { recursive: true })
  const home = join(dir, 'rootfs', HOME)
  mkdirSync(home, { recursive: true })

  const node = await nodeFor(options)
  cpSync(node.binary, join(dir, 'node'))
  cpSync(node.licence, join(dir, 'rootfs/usr/share/zaptria/licences/node.txt'))
  put('LICENSE', 'rootfs/usr/share/zaptria/licences/zaptria.txt')
  put(`deploy/${image}/Dockerfile`, 'Dockerfile')
  put('deploy/shared/zaptria-healthcheck', 'rootfs/usr/local/bin/zaptria-healthcheck')
  writeFileSync(join(home, 'package.json'), '{ "type": "module" }\n')
  const programs = new Set(['node', 'rootfs/usr/local/bin/zaptria-healthcheck'])
  if (image === 'bot') {
    put('deploy/bot/left-out.cfg', 'left-out.cfg')
    put('apps/bot/dist/bot.js', `rootfs/${HOME}/bot.js`)
    put('apps/bot/dist/bot.js.LEGAL.txt', `rootfs/${HOME}/bot.js.LEGAL.txt`)
  } else {
    await bundleControlPlane(root, home)
    put('deploy/bot/seccomp.json', `rootfs/${HOME}/seccomp.json`)
    if (await bundleCli(root, home)) {
      writeFileSync(join(dir, 'rootfs/usr/local/bin/zaptria'), `#!/bin/sh\nexec /usr/local/bin/node /${HOME}/cli.js "$@"\n`)
      programs.add('rootfs/usr/local/bin/zaptria')
    }
  }

  const hash = createHash('sha256')
  for (const path of readdirSync(dir, { recursive: true, encoding: 'utf8' }).toSorted()) {
    const file = join(dir, path)
    const isFile = statSync(file).isFile()
    // Whatever this user's umask is; the builder copies modes and times.
    chmodSync(file, isFile && !programs.has(path) ? 0o644 : 0o755)
    utimesSync(file, date, date)
    if (isFile) hash.update(`${path}\0${programs.has(path)}\0`).update(createHash('sha256').update(readFileSync(file)).digest())
  }
  return { dir, hash: hash.digest('hex') }
}
