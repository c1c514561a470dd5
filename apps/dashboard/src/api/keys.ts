/** Every query's key, by noun, so that a hint finds what it makes stale. */
export const keys = {
  session: ['session'] as const,
  /** How every tenant stands. */
  overview: ['overview'] as const,
  /** The prefix of each tenant's. */
  tenants: ['tenant'] as const,
  tenant: (tenant: string) => ['tenant', tenant] as const,
  /** The prefix of all that is known of a tenant's bot. */
  bot: (tenant: string, what?: 'self' | 'qr' | 'timeline' | 'numbers' | 'stats' | 'logs') =>
    what === undefined ? (['bot', tenant] as const) : (['bot', tenant, what] as const),
  undoable: (tenant: string) => ['undoable', tenant] as const,
  newToken: (tenant: string) => ['new-token', tenant] as const,
  conversations: (tenant: string, of?: { q: string; shown: string }) =>
    of === undefined ? (['conversations', tenant] as const) : (['conversations', tenant, of] as const),
  /** Conversations of all tenants, looked for. */
  found: (q: string) => ['found', q] as const,
  conversation: (tenant: string, conversation: string) => ['conversation', tenant, conversation] as const,
  /** The newest messages; also the prefix of the pages before them. */
  messages: (tenant: string, conversation: string) => ['messages', tenant, conversation] as const,
  olderMessages: (tenant: string, conversation: string, cursor: string) => ['messages', tenant, conversation, cursor] as const,
  mediaLimits: (tenant: string) => ['media-limits', tenant] as const,
  quickReplies: (tenant: string) => ['quick-replies', tenant] as const,
  snapshots: (tenant: string) => ['snapshots', tenant] as const,
  pairingLink: (tenant: string) => ['pairing-link', tenant] as const,
  pairing: (token: string) => ['pairing', token] as const,
  /** Who answers first: a flow, a program, people. */
  answeredBy: (tenant: string) => ['answered-by', tenant] as const,
  flow: (tenant: string) => ['flow', tenant] as const,
  flowVersions: (tenant: string) => ['flow', tenant, 'versions'] as const,
  /** Also the prefix of their deliveries. */
  webhooks: (tenant: string) => ['webhooks', tenant] as const,
  webhookDeliveries: (tenant: string, webhook: string) => ['webhooks', tenant, webhook, 'deliveries'] as const,
  alerts: ['alerts'] as const,
  /** What says an alert’s detail, which comes as a part of its own. */
  detailText: ['detail-text'] as const,
  servers: ['servers'] as const,
  apiKeys: ['api-keys'] as const,
  apiReference: ['api-reference'] as const,
}
