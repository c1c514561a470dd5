import { LONG, UNBROKEN } from './scene-alerts.ts'
import { makeSnapshot, type World } from './world.ts'

/** On their way, failed, restored, found wanting, void for either reason; with words as long as they get. */
export function snapshotsOfAllKinds(each: World): void {
  each.snapshotFault = `part 0 of the snapshot is not in the vault: ${UNBROKEN}`
  each.snapshots = [
    makeSnapshot({ state: 'coming', cause: 'asked', stored_at: null, size_bytes: null, verified_at: null, proved_at: null }),
    makeSnapshot({
      state: 'failed',
      stored_at: null,
      size_bytes: null,
      verified_at: null,
      proved_at: null,
      failure: `The volume has no room: ${UNBROKEN}`,
    }),
    makeSnapshot({ restored_at: each.bot.state.at }),
    makeSnapshot({ proof_fault: `3 of 12 records are not what they were: ${UNBROKEN}` }),
    makeSnapshot({ cause: 'linked', void_at: each.bot.state.at, void_reason: 'logged_out' }),
    makeSnapshot({ void_at: each.bot.state.at, void_reason: LONG }),
  ]
}
