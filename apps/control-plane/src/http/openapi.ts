import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
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
  StateHistoryEntry,
  TenantCreate,
  TenantUpdate,
  WebhookDelivery,
  WebhookDeliveryWithPayload,
  WebhookEndpoint,
  WebhookPayload,
  WebhookWithSecret,
} from '@zaptria/contract'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { App } from './app.ts'
import { TenantWithBot, TenantWithToken } from './tenants.ts'
import { tidyOpenApi } from './openapi-tidy.ts'

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

/** OpenAPI 3.1 of every route registered afterwards, from the schemas that check the requests; and a page to read it. */
export async function describeApi(app: App): Promise<void> {
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
      tags: [
        'session',
        'tenants',
        'bot',
        'conversations',
        'messages',
        'flow',
        'alerts',
        'api-keys',
        'audit',
        'servers',
        'webhooks',
        'live',
        'bots',
        'health',
      ].map((name) => ({ name })),
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: `zap_live_…`.' },
          session: { type: 'apiKey', in: 'cookie', name: 'zaptria.session_token', description: 'A person’s session, from POST /session.' },
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

  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    uiConfig: { deepLinking: true, persistAuthorization: false },
    transformSpecification: (document) => tidyOpenApi(document),
  })
  let document: object | undefined
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => (document ??= tidyOpenApi(app.swagger())))
}
