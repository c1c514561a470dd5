import { hkdfSync, randomBytes } from 'node:crypto'
import { ZaptriaError } from '@zaptria/contract'
import { betterAuth } from 'better-auth'
import type { BetterAuthOptions, BetterAuthPlugin } from 'better-auth'
import { APIError, createAuthEndpoint } from 'better-auth/api'
import { setSessionCookie } from 'better-auth/cookies'
import { z } from 'zod'
import type { Db } from '../store/db.ts'
import type { PersonRole } from '../store/people.ts'
import { consumeSignInLink, findOperator, insertSignInLink } from '../store/people.ts'
import { uuidv7 } from '../uuid.ts'

export const SIGN_IN_LINK_MINUTES = 15
/** How long after signing in by a link the password may be set without the old one. */
const LINK_SETS_PASSWORD_MS = 60 * 60 * 1000
export const MIN_PASSWORD_LENGTH = 10

export type Person = { id: string; email: string; name: string; role: PersonRole; tenantId: string | null }
/** What signing in answers: the person, and the Set-Cookie headers for the browser. */
export type SignedIn = { person: Person; cookies: string[] }

export type Auth = {
  /** Throws `unauthorized`, the same for a wrong password and an unknown email, after the same work. */
  signIn(credentials: { email: string; password: string }, headers: Headers): Promise<SignedIn>
  signInByLink(token: string, headers: Headers): Promise<SignedIn>
  /** Who the cookie belongs to. `cookies` renews it when it was due. */
  session(headers: Headers): Promise<SignedIn | null>
  signOut(headers: Headers): Promise<string[]>
  /** Ends every other session of the person. `current` may be left out shortly after signing in by a link. */
  setPassword(change: { password: string; current?: string | undefined }, headers: Headers): Promise<void>
  /** Makes the operator's account when there is none. Its password is random unless given: the first sign-in is by link. */
  ensureOperator(account: { email: string; name?: string; password?: string }): Promise<{ id: string; email: string; made: boolean }>
  createSignInLink(baseUrl: string): Promise<string>
}

/**
 * People and their sessions, on better-auth's core. Its own HTTP handler is not mounted: the API's session routes are the only way in.
 * `masterKey` signs the session cookies; `secureCookies` when browsers come by https.
 */
export function createAuth({ db, masterKey, secureCookies }: { db: Db; masterKey: Buffer; secureCookies: boolean }): Auth {
  const auth = betterAuth(
    authOptions(db, Buffer.from(hkdfSync('sha256', masterKey, 'zaptria', 'people sessions', 32)).toString('base64url'), secureCookies),
  )

  return {
    async signIn({ email, password }, headers) {
      const { response, headers: answered } = await orUnauthorized(
        auth.api.signInEmail({ body: { email, password }, headers, returnHeaders: true }),
        'The email or the password is not right.',
      )
      return { person: personOf(response.user), cookies: answered.getSetCookie() }
    },
    async signInByLink(token, headers) {
      const link = await consumeSignInLink(db, token)
      if (link === undefined) throw new ZaptriaError('unauthorized', { detail: 'This sign-in link was used already or is too old.' })
      const { response, headers: answered } = await auth.api.openSession({
        body: { personId: link.personId },
        headers,
        returnHeaders: true,
      })
      return { person: personOf(response), cookies: answered.getSetCookie() }
    },
    async session(headers) {
      const { response, headers: answered } = await auth.api.getSession({ headers, returnHeaders: true })
      return response === null ? null : { person: personOf(response.user), cookies: answered.getSetCookie() }
    },
    async signOut(headers) {
      const { headers: answered } = await auth.api.signOut({ headers, returnHeaders: true })
      return answered.getSetCookie()
    },
    async setPassword({ password, current }, headers) {
      const session = await auth.api.getSession({ headers })
      if (session === null) throw new ZaptriaError('unauthorized')
      const { internalAdapter, password: hasher } = await auth.$context
      const account = await internalAdapter.findCredentialAccount(session.user.id)
      const young = Date.now() - session.session.createdAt.getTime() < LINK_SETS_PASSWORD_MS
      if (!(session.session.byLink === true && young)) {
        const right = typeof account?.password === 'string' && (await hasher.verify({ hash: account.password, password: current ?? '' }))
        if (!right)
          throw new ZaptriaError('forbidden', {
            detail: 'The current password is not right.',
            errors: [{ path: 'current', message: 'is not the password of this account' }],
          })
      }
      await internalAdapter.updatePassword(session.user.id, await hasher.hash(password))
      const sessions = await internalAdapter.listSessions(session.user.id)
      const others = sessions.map((each) => each.token).filter((token) => token !== session.session.token)
      // better-auth makes `in ()` of an empty list, which is no SQL.
      if (others.length > 0) await internalAdapter.deleteSessions(others)
    },
    async ensureOperator({ email, name, password }) {
      const found = await findOperator(db)
      if (found !== undefined) return { ...found, made: false }
      const { internalAdapter, password: hasher } = await auth.$context
      const id = uuidv7()
      // Two replicas that start at once: the unique email lets one of them make it.
      const made = await internalAdapter
        .createUser(
          { id, email: email.toLowerCase(), name: name ?? 'Operator', emailVerified: true, role: 'operator' },
          { method: 'admin' },
        )
        .catch(async (error: unknown) => {
          if ((await findOperator(db)) === undefined) throw error
          return undefined
        })
      if (made === undefined) return { ...(await findOperator(db))!, made: false }
      await internalAdapter.linkAccount({
        userId: made.id,
        providerId: 'credential',
        accountId: made.id,
        password: await hasher.hash(password ?? randomBytes(32).toString('base64url')),
      })
      return { id: made.id, email: made.email, made: true }
    },
    async createSignInLink(baseUrl) {
      const operator = await findOperator(db)
      if (operator === undefined) throw new Error('there is no operator account yet: ensureOperator() comes first')
      const token = await insertSignInLink(db, operator.id, SIGN_IN_LINK_MINUTES)
      return new URL(`/sign-in?token=${token}`, baseUrl).toString()
    },
  }
}

/** Exported for the test that compares the tables of store/sql with what this release wants. */
export function authOptions(db: Db, secret: string, secureCookies: boolean) {
  return {
    // Only used to build links in mails that we do not send; a fixed value keeps better-auth from reading the environment.
    baseURL: 'http://localhost',
    secret,
    database: { db, type: 'postgres' },
    telemetry: { enabled: false },
    logger: { disabled: true },
    rateLimit: { enabled: false },
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: MIN_PASSWORD_LENGTH, maxPasswordLength: 200 },
    user: {
      modelName: 'people',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
      additionalFields: {
        role: { type: 'string', required: true, input: false, defaultValue: 'operator' },
        tenantId: { type: 'string', required: false, input: false, fieldName: 'tenant_id' },
      },
    },
    session: {
      modelName: 'people_sessions',
      expiresIn: 30 * 24 * 3600,
      updateAge: 24 * 3600,
      fields: {
        userId: 'person_id',
        expiresAt: 'expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
      },
      additionalFields: { byLink: { type: 'boolean', required: false, input: false, fieldName: 'by_link' } },
    },
    account: {
      modelName: 'people_accounts',
      fields: {
        userId: 'person_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    verification: {
      modelName: 'people_verifications',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    advanced: {
      database: { generateId: () => uuidv7() },
      cookiePrefix: 'zaptria',
      useSecureCookies: secureCookies,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      // The edge checks Origin itself, for every route.
      disableCSRFCheck: true,
      disableOriginCheck: true,
    },
    plugins: [linkSessions],
  } satisfies BetterAuthOptions
}

/** Opens a session for a person whom a sign-in link has proven. Without a path: callable from here only, never by HTTP. */
const linkSessions = {
  id: 'sign-in-link',
  endpoints: {
    openSession: createAuthEndpoint.serverOnly({ method: 'POST', body: z.object({ personId: z.string() }) }, async (ctx) => {
      const { internalAdapter } = ctx.context
      const user = await internalAdapter.findUserById(ctx.body.personId)
      if (user === null) throw new APIError('UNAUTHORIZED')
      const session = await internalAdapter.createSession(user.id, false, { byLink: true })
      await setSessionCookie(ctx, { session, user })
      return user
    }),
  },
} satisfies BetterAuthPlugin

async function orUnauthorized<T>(attempt: Promise<T>, detail: string): Promise<T> {
  try {
    return await attempt
  } catch (cause) {
    if (cause instanceof APIError && cause.statusCode < 500) throw new ZaptriaError('unauthorized', { detail, cause })
    throw cause
  }
}

const StoredPerson = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.enum(['operator', 'tenant']),
  tenantId: z.string().nullish(),
})

function personOf(user: unknown): Person {
  const { tenantId, ...person } = StoredPerson.parse(user)
  return { ...person, tenantId: tenantId ?? null }
}
