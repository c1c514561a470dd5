import { BotState } from '@zaptria/contract'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { LOOP_LOOK_MS } from './vitals.ts'

const PREFIX = 'zaptria_bot_'

/** What Prometheus can ask the bot. A registry of its own, so that two bots in one test do not share figures. */
export const createMetrics = (read: {
  state: () => BotState
  outbox: () => { pending: number; setAside: number }
  /** Bytes. */
  volume: () => { used: number; limit: number | null }
  linkUp: () => boolean
}) => {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: PREFIX, eventLoopMonitoringPrecision: LOOP_LOOK_MS })
  const gauge = (name: string, help: string, value: () => number): void => {
    // oxlint-disable-next-line no-new -- registers itself
    new Gauge({
      name: PREFIX + name,
      help,
      registers,
      collect() {
        this.set(value())
      },
    })
  }
  gauge('outbox_pending', 'Events that wait for their sink.', () => read.outbox().pending)
  gauge('outbox_set_aside', 'Events that the sink refused for good and that wait for a person.', () => read.outbox().setAside)
  gauge('volume_bytes', 'What the volume holds.', () => read.volume().used)
  gauge('volume_limit_bytes', 'What it may hold (ZAPTRIA_VOLUME_MB); 0 without a limit.', () => read.volume().limit ?? 0)
  gauge('link_up', '1 while the link to the control plane is up.', () => (read.linkUp() ? 1 : 0))
  // oxlint-disable-next-line no-new -- registers itself
  new Gauge({
    name: `${PREFIX}state`,
    help: '1 for the state that the bot is in.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of BotState.options) this.set({ state }, state === read.state() ? 1 : 0)
    },
  })
  return {
    registry,
    events: new Counter({ name: `${PREFIX}events_total`, help: 'Events of the engine, by kind.', labelNames: ['kind'], registers }),
    invalidEvents: new Counter({
      name: `${PREFIX}events_invalid_total`,
      help: 'Events that did not fit the contract and were left out.',
      labelNames: ['kind'],
      registers,
    }),
    deliveries: new Counter({
      name: `${PREFIX}deliveries_total`,
      help: 'Attempts of the http sink, by answer.',
      labelNames: ['answer'],
      registers,
    }),
    sinkPaused: new Gauge({ name: `${PREFIX}sink_paused`, help: '1 while the other side refuses this bot.', registers }),
    sends: new Counter({ name: `${PREFIX}sends_total`, help: 'Outgoing messages, by outcome.', labelNames: ['outcome'], registers }),
    sendSeconds: new Histogram({
      name: `${PREFIX}send_seconds`,
      help: 'From asking the page to its answer.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    engineOpens: new Counter({
      name: `${PREFIX}engine_opens_total`,
      help: 'Fresh engines, by why the last one ended.',
      labelNames: ['after'],
      registers,
    }),
  }
}
export type Metrics = ReturnType<typeof createMetrics>
