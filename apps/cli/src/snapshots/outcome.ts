import type { Snapshot } from '@zaptria/contract'

type Said = Pick<Snapshot, 'state' | 'failure' | 'void_reason' | 'proof_fault' | 'proved_at' | 'verified_at' | 'restored_at'>

/** What became of it, in a word, and why. */
export function outcome(one: Said): string {
  if (one.failure !== null) return `${one.state}: ${one.failure}`
  if (one.void_reason !== null) return `void: ${one.void_reason}`
  if (one.proof_fault !== null) return `unsound: ${one.proof_fault}`
  const times = { proved: one.proved_at, verified: one.verified_at, restored: one.restored_at }
  return [one.state, ...Object.entries(times).flatMap(([what, at]) => (at === null ? [] : [`${what} ${at}`]))].join(', ')
}
