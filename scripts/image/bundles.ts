import { build } from 'esbuild'
import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'

/** CommonJS packages in an ES module still ask for these. */
const BANNER = [
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = import.meta.dirname;',
].join(' ')

async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minifyWhitespace: true,
    legalComments: 'linked',
    // Asked for inside a try by pg and ws, which do without.
    external: ['pg-native', 'bufferutil', 'utf-8-validate'],
    banner: { js: BANNER },
    logLevel: 'silent',
  })
}

/** The control plane as one file, its program for backups as another, and what they read beside them: migrations, the API's pages, the dashboard. */
export async function bundleControlPlane(root: string, to: string): Promise<void> {
  const app = join(root, 'apps/control-plane')
  await bundle(join(app, 'src/main.ts'), join(to, 'control-plane.js'))
  await bundle(join(app, 'src/backups/main.ts'), join(to, 'backup.js'))
  cpSync(join(app, 'src/store/sql'), join(to, 'sql'), { recursive: true })
  cpSync(join(root, 'apps/dashboard/dist'), join(to, 'dashboard'), { recursive: true })
}

/** The `zaptria` command as one file; false when this source has none. */
export async function bundleCli(root: string, to: string): Promise<boolean> {
  const entry = join(root, 'apps/cli/src/main.ts')
  if (!existsSync(entry)) return false
  await bundle(entry, join(to, 'cli.js'))
  return true
}
