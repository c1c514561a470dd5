/** What is thought of a server: `unheard` = never yet; `given_up` = its bots are started elsewhere, and nothing is placed there. */
export type ServerState = 'unheard' | 'well' | 'suspected' | 'given_up'
/** Who gives up a server that has been silent for long: we do, a person does, nobody does. */
export type Failover = 'automatic' | 'ask' | 'never'

/** Both times end with the last time that somebody listened: when nobody did, neither grows. */
export type ServerHeard = {
  state: ServerState
  failover: Failover
  /** Since the last that was heard of it; null = it was heard. */
  silentMs: number | null
  /** For so long it has been heard without a break, and since it was given up; null = it is silent. */
  wellMs: number | null
}

export type ServerPolicy = {
  /** So much silence is odd. */
  suspectMs: number
  /** So much is the end of it. */
  giveUpMs: number
  /** So long one that was given up has to be heard before it is trusted again. */
  trustMs: number
}

/**
 * Why one that has been silent for long enough is not given up: a person is to decide; nobody is; no other server is heard, so that the fault may well
 * be ours, and there is nowhere to go.
 */
export type Held = 'ask' | 'never' | 'alone'
export type Judgement = { state: ServerState; held: Held | null }

/** Pure: what is thought of a server now. */
export function judgeServer(server: ServerHeard, othersHeard: boolean, policy: ServerPolicy): Judgement {
  const { state, silentMs } = server
  if (state === 'given_up') return { state: server.wellMs !== null && server.wellMs >= policy.trustMs ? 'well' : 'given_up', held: null }
  if (silentMs === null) return { state: server.wellMs === null ? state : 'well', held: null }
  if (silentMs < policy.suspectMs) return { state, held: null }
  if (silentMs < policy.giveUpMs) return { state: 'suspected', held: null }
  const held = !othersHeard ? 'alone' : server.failover === 'automatic' ? null : server.failover
  return { state: held === null ? 'given_up' : 'suspected', held }
}
