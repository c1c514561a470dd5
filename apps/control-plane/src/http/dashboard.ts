import { existsSync } from 'node:fs'
import path from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyRequest } from 'fastify'
import type { App } from './app.ts'

/** The built dashboard at /. */
export async function serveDashboard(app: App, dir: string): Promise<void> {
  const root = path.resolve(dir)
  if (!existsSync(path.join(root, 'index.html'))) throw new Error(`No dashboard in ${root}: it has no index.html. Build it first.`)
  await app.register(fastifyStatic, {
    root,
    // Only files that exist become routes, so that unknown addresses reach the handler below.
    wildcard: false,
    index: ['index.html'],
    cacheControl: false,
    setHeaders: (response, file) => {
      // Built files carry a hash in their name; the page that names them must always be fresh.
      const immutable = file.startsWith(path.join(root, 'assets') + path.sep)
      response.header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}

/** Whether an address that no route has is one of the dashboard's pages: then its one file is the answer. */
export function isPage(request: FastifyRequest): boolean {
  const address = request.url.split('?', 1)[0]!
  // A path with an extension names a file; answering it with a page would hide that it is missing.
  if (address === '/api' || address.startsWith('/api/') || /\.[a-z0-9]+$/i.test(address)) return false
  const { accept } = request.headers
  return (request.method === 'GET' || request.method === 'HEAD') && (accept === undefined || /text\/html|\*\/\*/.test(accept))
}
