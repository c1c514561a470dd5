import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { bundle } from '../page/bundle.ts'

/** The phone page, compiled when first asked for. */
export const servePhone = (app: FastifyInstance): void => {
  const file = (name: string): URL => new URL(`../phone/${name}`, import.meta.url)
  app.get('/', (_request, reply) => reply.redirect('/phone/'))
  app.get('/phone', (_request, reply) => reply.redirect('/phone/'))
  app.get('/phone/', (_request, reply) => reply.type('text/html; charset=utf-8').send(readFileSync(file('index.html'), 'utf8')))
  app.get('/phone/phone.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(readFileSync(file('phone.css'), 'utf8')))
  app.get('/phone/phone.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(bundle(file('app/main.ts'))))
}
