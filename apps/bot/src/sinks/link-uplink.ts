import type { UpFrame } from '@zaptria/contract'
import type { Logger } from '../logger.ts'
import { isDiskFull } from '../outbox/database.ts'
import type { Events } from '../outbox/events.ts'

const BATCH_EVENTS = 200
/** Characters, not bytes: four bytes each at the worst, and the frame's limit is 4 MiB. */
const BATCH_CHARS = 700_000
/** Events on their way without an acknowledgement. */
const WINDOW = 1_000

/** The events' way up the link: in outbox order, in batches, acknowledged cumulatively, sent again from the last acknowledged one. */
export const createUplink = (events: Events, log: Logger) => {
  let send: ((frame: UpFrame) => void) | null = null
  let acked = 0
  let sent = 0
  let flying: number[] = []
  /** Shrinks when the other side cannot read a frame, until the event that it cannot read stands alone. */
  let batch = BATCH_EVENTS
  let waiters: (() => void)[] = []

  const pump = (): void => {
    while (send !== null && flying.length < WINDOW) {
      const next = events.pending(sent, batch, BATCH_CHARS)
      const last = next.at(-1)
      if (last === undefined) break
      sent = last.seq
      flying.push(...next.map((event) => event.seq))
      send({ type: 'events', events: next })
      // While looking for an event that cannot be read, one frame at a time.
      if (batch < BATCH_EVENTS) break
    }
    if (flying.length === 0 || send === null) {
      for (const done of waiters) done()
      waiters = []
    }
  }

  /** What stays for want of room to note that it may go, goes with the next acknowledgement. */
  const forget = (upTo: number): void => {
    try {
      events.acknowledge(upTo)
    } catch (error) {
      if (!isDiskFull(error)) throw error
      log.warn({ seq: upTo }, 'the disk is full: acknowledged events stay for now')
    }
  }

  return {
    pump,
    /** A fresh link: everything after what the control plane has stored is offered again. */
    open(ackedSeq: number, to: (frame: UpFrame) => void): void {
      events.liftAbove(ackedSeq)
      forget(ackedSeq)
      acked = ackedSeq
      sent = ackedSeq
      flying = []
      send = to
      pump()
    },
    acknowledge(seq: number): void {
      // Nothing that was not sent can have been stored.
      const upTo = Math.min(seq, sent)
      if (upTo <= acked) return
      forget(upTo)
      acked = upTo
      flying = flying.filter((each) => each > upTo)
      if (flying.length === 0) batch = Math.min(BATCH_EVENTS, batch * 2)
      pump()
    },
    /** @param badFrame the other side closed because it could not read what we sent */
    close(badFrame: boolean): void {
      send = null
      if (badFrame && flying.length > 0) {
        const [first] = events.pending(acked, 1, 1)
        if (batch === 1 && first !== undefined && first.seq <= sent) {
          events.setAside(first.seq, 'bad_frame')
          log.error({ event_id: first.event_id, kind: first.body.kind }, 'the control plane cannot read an event: it is set aside')
        } else {
          batch = Math.max(1, Math.floor(Math.min(batch, flying.length) / 2))
        }
      }
      flying = []
      pump()
    },
    drained(signal: AbortSignal): Promise<void> {
      if (flying.length === 0 || signal.aborted) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      waiters.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
      return promise
    },
  }
}
