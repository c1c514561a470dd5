import { build, type Plugin } from 'esbuild'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Its pictures and scripts are found beside its own files; in the bundle they lie in a folder beside that. */
const swaggerUi = (home: string): Plugin => ({
  name: 'swagger-ui',
  setup(setup) {
    setup.onLoad({ filter: /@fastify\/swagger-ui\/(index|lib\/[^/]+)\.js$/ }, ({ path }) => {
      const folder = JSON.stringify(`/swagger-ui/${relative(home, dirname(path))}`)
      return { contents: readFileSync(path, 'utf8').replaceAll('__dirname', `(__bundle + ${folder})`) }
    })
  },
})

/** CommonJS packages in an ES module still ask for these. */
const BANNER = [
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
  'const __bundle = import.meta.dirname;',
  'const __filename = import.meta.filename;',
  'const __dirname = __bundle;',
].join(' ')

async function bundle(entry: string, outfile: string, plugins: Plugin[] = []): Promise<void> {
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
    plugins,
    banner: { js: BANNER },
    logLevel: 'silent',
  })
}

/** The control plane as one file, with what it reads beside it: migrations, the API's pages, the dashboard. */
export async function bundleControlPlane(root: string, to: string): Promise<void> {
  const app = join(root, 'apps/control-plane')
  const ui = join(root, 'node_modules/@fastify/swagger-ui')
  await bundle(join(app, 'src/main.ts'), join(to, 'control-plane.js'), [swaggerUi(ui)])
  cpSync(join(app, 'src/store/sql'), join(to, 'sql'), { recursive: true })
  cpSync(join(ui, 'static'), join(to, 'swagger-ui/static'), { recursive: true })
  cpSync(join(root, 'apps/dashboard/dist'), join(to, 'dashboard'), { recursive: true })
}

/** The `zaptria` command as one file; false when this source has none. */
export async function bundleCli(root: string, to: string): Promise<boolean> {
  const entry = join(root, 'apps/cli/src/main.ts')
  if (!existsSync(entry)) return false
  await bundle(entry, join(to, 'cli.js'))
  return true
}
