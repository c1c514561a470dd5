import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const bundles = new Map<string, string>()

/** Compiles a browser program once per process. Synchronous, because esbuild's service would outlive the tests. */
export const bundle = (entry: URL): string => {
  const path = fileURLToPath(entry)
  const known = bundles.get(path)
  if (known !== undefined) return known
  const built = buildSync({ entryPoints: [path], bundle: true, write: false, format: 'esm', target: 'chrome120', legalComments: 'none' })
  const text = built.outputFiles[0]?.text ?? ''
  bundles.set(path, text)
  return text
}
