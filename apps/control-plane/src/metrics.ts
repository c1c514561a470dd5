import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** The control plane's own figures, for /metrics. One registry per process, made in main: nothing is registered by importing. */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'zaptria_' })
  const registers = [registry]
  return {
    registry,
    links: new Gauge({ name: 'zaptria_links', help: 'Links of bots that this replica holds.', registers }),
    events: new Counter({ name: 'zaptria_events_total', help: 'Events taken from bots.', labelNames: ['kind'] as const, registers }),
    ingestSeconds: new Histogram({
      name: 'zaptria_ingest_seconds',
      help: 'Time of one ingest transaction.',
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    ingestFailures: new Counter({ name: 'zaptria_ingest_failures_total', help: 'Batches that were not stored and come again.', registers }),
    commands: new Counter({ name: 'zaptria_commands_total', help: 'Commands handed to bots.', labelNames: ['kind'] as const, registers }),
    grants: new Counter({ name: 'zaptria_grants_total', help: 'Answers to grant requests.', labelNames: ['answer'] as const, registers }),
    reconciles: new Counter({
      name: 'zaptria_reconciles_total',
      help: 'Steps that reconcile took.',
      labelNames: ['step'] as const,
      registers,
    }),
    sends: new Counter({
      name: 'zaptria_sends_total',
      help: 'Attempts to post a message to a foreign bot.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    webhookAttempts: new Counter({
      name: 'zaptria_webhook_attempts_total',
      help: 'Attempts to deliver a webhook.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    webhooksPending: new Gauge({ name: 'zaptria_webhook_pending', help: 'Webhooks of enabled endpoints that are due.', registers }),
    webhookQueueAge: new Gauge({
      name: 'zaptria_webhook_queue_age_seconds',
      help: 'For how long the longest overdue webhook of an endpoint that answers has been due.',
      registers,
    }),
    proofs: new Counter({
      name: 'zaptria_snapshot_proofs_total',
      help: 'Snapshots that were opened where nothing can be reached: good, bad, or failed to be looked at.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    servers: new Gauge({
      name: 'zaptria_servers',
      help: 'Which state each server is in: 1 for that one, 0 for the others.',
      labelNames: ['name', 'state'] as const,
      registers,
    }),
    backupAge: new Gauge({
      name: 'zaptria_backup_age_seconds',
      help: 'Age of the newest whole backup of the database; before there is any, of the installation.',
      registers,
    }),
    backupBytes: new Gauge({ name: 'zaptria_backup_size_bytes', help: 'What the newest backup takes in the store.', registers }),
    backupSeconds: new Gauge({ name: 'zaptria_backup_duration_seconds', help: 'How long the newest backup took.', registers }),
    loopFailures: new Counter({
      name: 'zaptria_loop_failures_total',
      help: 'Passes of a worker that failed.',
      labelNames: ['loop'] as const,
      registers,
    }),
  }
}
export type Metrics = ReturnType<typeof createMetrics>
