import { ZaptriaError } from '@zaptria/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { MIN_PASSWORD_LENGTH } from '../auth/auth.ts'
import type { Auth, Person } from '../auth/auth.ts'
import type { App } from './app.ts'
import { headersOf } from './guard.ts'
import type { Throttle } from './throttle.ts'

const Session = z.object({
  user: z.object({ id: z.string(), email: z.string(), name: z.string(), role: z.enum(['operator', 'tenant']) }),
})
const NoContent = z.void().describe('Done.')

/** Signing in and out. Links are used up by POST, so that a mail program that previews a link does not burn it. */
export function sessionRoutes(app: App, { auth, loginThrottle }: { auth: Auth; loginThrottle: Throttle }): void {
  const tags = ['session']
  const throttled = (key: string): void => {
    const retryAfterMs = loginThrottle.take(key)
    if (retryAfterMs > 0) throw new ZaptriaError('rate_limited', { retryAfterMs })
  }

  app.get(
    '/session',
    { config: { access: 'signed_in' }, schema: { tags, summary: 'Who is signed in', response: { 200: Session } } },
    async (request) => {
      if (request.actor?.kind !== 'person') throw new ZaptriaError('unauthorized', { detail: 'An API key has no session.' })
      return sessionOf(request.actor.person)
    },
  )

  app.post(
    '/session',
    {
      config: { access: 'anyone', audit: { done: 'session.open', refused: 'session.refused' } },
      schema: {
        tags,
        summary: 'Sign in',
        security: [],
        body: z.strictObject({ email: z.string().max(320), password: z.string().max(200) }),
        response: { 200: Session },
      },
    },
    async (request, reply) => {
      throttled(`${request.ip} ${request.body.email.toLowerCase()}`)
      return signedIn(request, reply, await auth.signIn(request.body, headersOf(request)))
    },
  )

  app.post(
    '/session/link',
    {
      config: { access: 'anyone', audit: { done: 'session.open_by_link', refused: 'session.refused' } },
      schema: {
        tags,
        summary: 'Sign in with a one-time link',
        security: [],
        body: z.strictObject({ token: z.string().min(1).max(200) }),
        response: { 200: Session },
      },
    },
    async (request, reply) => {
      throttled(`${request.ip} link`)
      return signedIn(request, reply, await auth.signInByLink(request.body.token, headersOf(request)))
    },
  )

  app.delete(
    '/session',
    {
      config: { access: 'signed_in', audit: { done: 'session.close' } },
      schema: { tags, summary: 'Sign out', response: { 204: NoContent } },
    },
    async (request, reply) => {
      reply.header('set-cookie', await auth.signOut(headersOf(request)))
      return reply.code(204).send()
    },
  )

  app.put(
    '/session/password',
    {
      config: { access: 'signed_in', audit: { done: 'session.password', refused: 'session.password_refused' } },
      schema: {
        tags,
        summary: 'Set one’s password',
        description: '`current` may be left out within an hour of signing in by a link. Every other session of the account ends.',
        body: z.strictObject({ password: z.string().min(MIN_PASSWORD_LENGTH).max(200), current: z.string().max(200).optional() }),
        response: { 204: NoContent },
      },
    },
    async (request, reply) => {
      if (request.actor?.kind !== 'person') throw new ZaptriaError('forbidden', { detail: 'An API key has no password.' })
      throttled(`password ${request.actor.person.id}`)
      await auth.setPassword(request.body, headersOf(request))
      return reply.code(204).send()
    },
  )
}

function signedIn(
  request: FastifyRequest,
  reply: FastifyReply,
  { person, cookies }: { person: Person; cookies: string[] },
): z.infer<typeof Session> {
  request.actor = { kind: 'person', person }
  request.audit.detail = { ip: request.ip }
  reply.header('set-cookie', cookies).header('cache-control', 'no-store')
  return sessionOf(person)
}

const sessionOf = ({ id, email, name, role }: Person): z.infer<typeof Session> => ({ user: { id, email, name, role } })
