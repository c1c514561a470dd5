import type { z } from 'zod'
import type { GrantDeniedFrame, GrantFrame, SnapshotOffer, VolumeId } from '@zaptria/contract'

type Denial = z.infer<typeof GrantDeniedFrame>['reason']

/** The permission to open the session. Durations on a monotonic clock: a wall clock that jumps must not prolong it. */
export const createGrant = (options: { volumeId: VolumeId; monotonicMs: () => number; onEpoch: (epoch: number) => void }) => {
  let epoch = 0
  let expiresAt = Number.NEGATIVE_INFINITY
  let denial: Denial | null = null
  let restore: SnapshotOffer | null = null
  const listeners = new Set<() => void>()
  const changed = (): void => [...listeners].forEach((listener) => listener())

  return {
    /** May the session be opened now? */
    valid: (): boolean => options.monotonicMs() < expiresAt,
    /** The epoch of the last grant in this process; 0 = none yet. Facts are stamped with it, whether it has run out or not. */
    epoch: (): number => epoch,
    /** Why the last request was refused; null after a grant. */
    denial: (): Denial | null => denial,
    /** The session that this volume may be given before it is opened. */
    restore: (): SnapshotOffer | null => restore,
    /** What was offered cannot be used: the grant is asked for again, and with it what else there is. */
    declineRestore(): void {
      restore = null
      expiresAt = Number.NEGATIVE_INFINITY
    },
    /**
     * Counted from when it was asked for: an answer that lay on the way may be older than the other side's patience, and another volume may have
     * been granted the session since.
     */
    receive(frame: Pick<z.infer<typeof GrantFrame>, 'epoch' | 'volume_id' | 'ttl_ms' | 'restore' | 'asked_ms'>): void {
      if (frame.volume_id !== options.volumeId || frame.epoch < epoch) return
      epoch = frame.epoch
      const now = options.monotonicMs()
      expiresAt = Math.min(now, frame.asked_ms ?? now) + frame.ttl_ms
      denial = null
      restore = frame.restore ?? null
      options.onEpoch(epoch)
      changed()
    },
    deny(reason: Denial): void {
      denial = reason
      // The other side knows better than the clock: somebody else may hold it by now.
      if (reason !== 'admission') expiresAt = Number.NEGATIVE_INFINITY
      changed()
    },
    onChange(listener: () => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
export type Grant = ReturnType<typeof createGrant>
