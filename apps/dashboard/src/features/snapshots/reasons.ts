import type { Translate } from '../../i18n/use-t.ts'

/** What the bot and the control plane say of a copy, in words of the page's language. */
const REASONS = [
  [/^The session is not connected/u, 'snapshots.reason.not-connected'],
  [/sealed data cannot be opened/u, 'snapshots.reason.sealed'],
  [/is not in the vault$/u, 'snapshots.reason.missing'],
  [/^it has \d+ bytes|are not the ones that were packed|^the snapshot is damaged/u, 'snapshots.reason.other-bytes'],
  [/was restarted before it had brought it/u, 'snapshots.reason.restarted'],
  [/did not bring it in time/u, 'snapshots.reason.late'],
  [/^The vault takes nothing now: its (?:disk is full|share of the disk)/u, 'snapshots.reason.vault-full'],
  [/^The vault takes nothing now/u, 'snapshots.reason.vault-away'],
  [/has no room for a copy/u, 'snapshots.reason.no-room'],
  [/records are not what they were/u, 'snapshots.reason.records'],
  [/^the browser finds nothing|holds no profile/u, 'snapshots.reason.nothing'],
] as const

/** As it was said, where nobody has put it into words yet. */
export function reasonText(said: string, t: Translate): string {
  const id = REASONS.find(([pattern]) => pattern.test(said))?.[1]
  return id === undefined ? said : t(id)
}
