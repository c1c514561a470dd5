import swagger from '@fastify/swagger'
import {
  Alert,
  ApiKey,
  ApiKeyCreated,
  AuditEntry,
  Bot,
  BotQr,
  BotStats,
  BotToken,
  Conversation,
  Flow,
  FlowVersion,
  FoundConversation,
  Hint,
  LogLine,
  Message,
  OverviewTenant,
  Problem,
  Server,
  StateHistoryEntry,
  TenantCreate,
  TenantUpdate,
  WebhookDelivery,
  WebhookDeliveryWithPayload,
  WebhookEndpoint,
  WebhookPayload,
  WebhookWithSecret,
} from '@zaptria/contract'
import type { FastifyRequest } from 'fastify'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { App } from './app.ts'
import { TenantWithBot, TenantWithToken } from './tenants.ts'
import { tidyOpenApi } from './openapi-tidy.ts'
import { addReference } from './reference/reference.ts'

const NAMED = {
  Alert,
  ApiKey,
  ApiKeyCreated,
  AuditEntry,
  Bot,
  BotQr,
  BotStats,
  BotToken,
  Conversation,
  Flow,
  FlowVersion,
  FoundConversation,
  Hint,
  LogLine,
  Message,
  OverviewTenant,
  Problem,
  Server,
  StateHistoryEntry,
  TenantCreate,
  TenantUpdate,
  TenantWithBot,
  TenantWithToken,
  WebhookDelivery,
  WebhookDeliveryWithPayload,
  WebhookEndpoint,
  WebhookPayload,
  WebhookWithSecret,
}

/** The nouns, in the order in which somebody who begins meets them. */
const TAGS = [
  ['tenants', 'Tenants', 'A paying customer of yours: whom a bot belongs to.'],
  ['bot', 'Bot', 'A tenant’s bot: how it is, its QR code, starting and stopping it.'],
  ['snapshots', 'Snapshots', 'Copies of a bot’s WhatsApp session, so that it need not be scanned again.'],
  ['pairing', 'Pairing', 'Linking a bot with a WhatsApp account, also by a link for a customer who has no account here.'],
  ['messages', 'Messages', 'Sending, reading and changing messages, and their files.'],
  ['conversations', 'Conversations', 'Who writes with a tenant, and who answers: the bot or a person.'],
  ['quick-replies', 'Quick replies', 'Short texts that the people who answer insert.'],
  ['flow', 'Flow', 'What the bot says by itself: a document with versions.'],
  ['webhooks', 'Webhooks', 'What happens, told to addresses of your own.'],
  ['alerts', 'Alerts', 'What needs somebody.'],
  ['api-keys', 'API keys', 'Who may ask.'],
  ['audit', 'Audit', 'Who did what.'],
  ['servers', 'Servers', 'Where bots run.'],
  ['live', 'Live', 'A stream that says what changed.'],
  ['bots', 'Bots of your own', 'What a bot that runs elsewhere posts here, with its token.'],
  ['session', 'Session', 'How a person signs in to the dashboard. Programs use API keys.'],
  ['health', 'Health', 'Whether this installation answers.'],
].map(([name, title, description]) => ({ name: name!, description: description!, 'x-displayName': title! }))

/**
 * OpenAPI 3.1 of every route registered afterwards, from the schemas that check the requests, with examples and errors. `publicOrigin` stands in
 * the examples; without it, the address by which the document was asked for.
 */
export async function describeApi(app: App, publicOrigin?: string): Promise<void> {
  const schemaRegistry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(NAMED)) schemaRegistry.add(schema, { id })

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Zaptria',
        version: '1.0.0',
        description:
          'One WhatsApp bot per customer. Every error is a `Problem` (RFC 9457) with a `code` to go by. Lists are paged: pass `next` back as `cursor`. Send an `Idempotency-Key` with a POST that creates, and it can be repeated safely.',
      },
      tags: TAGS,
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: `zap_live_…`.' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'zaptria.session_token',
            description: 'A person’s session, from POST /session; by https its name begins with `__Secure-`.',
          },
          botToken: { type: 'apiKey', in: 'header', name: 'X-Bot-Token', description: 'A bot’s token.' },
        },
      },
      security: [{ apiKey: [] }, { session: [] }],
    },
    transform: createJsonSchemaTransform({ schemaRegistry }),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry }),
  })

  app.addHook('onRoute', (route) => {
    if (route.schema === undefined || route.schema.hide === true) return
    route.schema.response = {
      ...(route.schema.response as object | undefined),
      default: { description: 'What went wrong.', content: { 'application/problem+json': { schema: Problem } } },
    }
  })

  let text: string | undefined
  app.get('/api/openapi.json', { schema: { hide: true } }, async (request, reply) => {
    text ??= JSON.stringify(referenceDocument(app))
    const origin = publicOrigin ?? originOf(request)
    // Its examples name the address by which it was asked for.
    return reply.header('content-type', 'application/json; charset=utf-8').serializer(String).send(text.replaceAll(SOMEWHERE, origin))
  })
  // The page to read it is the dashboard's.
  for (const url of ['/api/docs', '/api/docs/'])
    app.get(url, { schema: { hide: true } }, async (_request, reply) => reply.redirect('/api-reference', 302))
}

const SOMEWHERE = 'https://zaptria.invalid'

function referenceDocument(app: App): object {
  const document = tidyOpenApi(app.swagger())
  addReference(document, SOMEWHERE)
  return document
}

/** The address that the client used, when it is one that can stand in a command line. */
function originOf({ protocol, host }: FastifyRequest): string {
  return /^[\w.:[\]-]+$/.test(host) ? `${protocol}://${host}` : SOMEWHERE
}
