import { STATUS_CODES } from 'node:http'
import { ERRORS, FieldFault, ZaptriaError } from '@zaptria/contract'
import type { ErrorCode } from '@zaptria/contract'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { FileAwayError } from '../files/port.ts'

/** What Fastify itself throws, in our catalogue's words. */
const BY_FASTIFY_CODE: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'bad_request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'bad_request',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad_request',
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
}

/** An id in the path that cannot be one names nothing: the same answer as for one that does not exist. The last one in the path decides. */
export const NOT_FOUND_BY_PARAMETER: Readonly<Record<string, ErrorCode>> = {
  message: 'message_not_found',
  reply: 'quick_reply_not_found',
  snapshot: 'snapshot_not_found',
  conversation: 'conversation_not_found',
  version: 'flow_version_not_found',
  alert: 'alert_not_found',
  key: 'api_key_not_found',
  delivery: 'webhook_delivery_not_found',
  webhook: 'webhook_not_found',
  server: 'server_not_found',
  tenant: 'tenant_not_found',
}

/** Every error leaves as application/problem+json (RFC 9457), from one catalogue; what is not ours says nothing of its inside. */
export function toZaptriaError(error: unknown): ZaptriaError {
  if (error instanceof ZaptriaError) return error
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map((issue) => ({
      path: issue.instancePath.replace(/^\//, '').replaceAll('/', '.'),
      message: issue.message ?? 'is not as it should be',
      ...codeOf(issue),
    }))
    if (error.validationContext === 'params') {
      const wrong = Object.keys(NOT_FOUND_BY_PARAMETER).find((name) => issues.some(({ path }) => path === name))
      return new ZaptriaError(wrong === undefined ? 'not_found' : NOT_FOUND_BY_PARAMETER[wrong]!, { cause: error })
    }
    return new ZaptriaError('validation_failed', { errors: issues, cause: error })
  }
  const { code, statusCode } = error as Partial<FastifyError>
  const known = code === undefined ? undefined : BY_FASTIFY_CODE[code]
  if (known !== undefined) return new ZaptriaError(known, { cause: error })
  if (error instanceof FileAwayError)
    return new ZaptriaError('unavailable', { detail: `Where files are kept cannot be used now: ${error.why}.`, cause: error })
  if (isDatabaseAway(error)) return new ZaptriaError('unavailable', { cause: error })
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    const byStatus = (Object.keys(ERRORS) as ErrorCode[]).find((each) => ERRORS[each][0] === statusCode)
    return new ZaptriaError(byStatus ?? 'bad_request', { cause: error })
  }
  return new ZaptriaError('internal', { cause: error })
}

/** What one of our own checks says it is (`faultIssue`), else zod's word for it. */
function codeOf({ keyword, params }: { keyword: string; params: Record<string, unknown> }): { code?: FieldFault } {
  const own = (params['params'] as { fault?: unknown } | undefined)?.fault
  const { data: code } = FieldFault.safeParse(own ?? keyword)
  return code === undefined ? {} : { code }
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toZaptriaError(error)
  // While the database or the files' store is away every request fails, and is made again by whoever made it.
  const level = problem.code === 'unavailable' ? 'warn' : 'error'
  if (problem.status >= 500) request.log[level]({ code: problem.code, error: forLog(error) }, 'request failed')
  if (problem.retryAfterMs !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(problem.retryAfterMs / 1000)))
  // Serialised here: a route's own response schemas are not asked.
  return (
    reply
      .code(problem.status)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .header('cache-control', 'no-store')
      // Some errors come before the hook that says it.
      .header('x-request-id', request.id)
      .serializer((payload: unknown) => (typeof payload === 'string' ? payload : JSON.stringify(payload)))
      .send(JSON.stringify(problem.toProblem(`urn:zaptria:request:${request.id}`)))
  )
}

/** Errors of the whole application, pages that the dashboard routes itself, unknown addresses, and known addresses asked with another method (with `Allow`). */
export function serveProblems(app: FastifyInstance, isPage: (request: FastifyRequest) => boolean): void {
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply))
  app.setNotFoundHandler((request, reply) => (isPage(request) ? reply.sendFile('index.html') : sendNotFound(app, request, reply)))
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

function sendNotFound(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const [url] = request.url.split('?', 1)
  const allowed = METHODS.filter((method) => app.findRoute({ method, url: url! }) !== null)
  if (allowed.length === 0) return sendProblem(new ZaptriaError('not_found'), request, reply)
  return sendProblem(new ZaptriaError('method_not_allowed'), request, reply.header('allow', allowed.join(', ')))
}

/** PostgreSQL's errors carry the failing row in `detail`: that can be a message's body, and stays out of the log. */
function forLog(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code } = error as { code?: unknown }
  const cause = error.cause === undefined ? {} : { cause: forLog(error.cause) }
  return { name: error.name, message: error.message, ...(code === undefined ? {} : { code }), stack: error.stack, ...cause }
}

/** What the HTTP parser could not read never becomes a request: answered on the bare socket. */
export function rawProblem(code: ErrorCode): string {
  const problem = new ZaptriaError(code)
  const body = JSON.stringify(problem.toProblem())
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}

const DATABASE_AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '08006',
  '08003',
  '53300', // too_many_connections
  '57014', // query_canceled: it took longer than statement_timeout
])

function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: unknown }
  if (typeof code === 'string' && DATABASE_AWAY.has(code)) return true
  return /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(error.message)
}
