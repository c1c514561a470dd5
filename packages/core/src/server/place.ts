/** What is kept for a bot on its server when memory runs short. */
export const BOT_RESERVATION_BYTES = 256 * 1024 * 1024

/** A server as its row says it is, with the bots that it is to hold. */
export type PlaceableServer = {
  id: string
  name: string
  cordoned: boolean
  state: 'unheard' | 'well' | 'suspected' | 'given_up'
  /** What its driver said instead of an answer; or why it has none. */
  trouble: string | null
  /** Bots at most. */
  capacity: number
  bots: number
  /** What it last said; null: it does not say. */
  memory_free_bytes: number | null
  /** Of its bots, those whose memory is not in that yet: placed or started lately. */
  coming: number
}

export type Choice = { id: string } | { refused: { name: string; why: string }[] }

/**
 * Which of these takes the next bot: the one with most memory free after what is on its way there; those of which it is not known come
 * after those of which it is, those with trouble after those without, and of equals fewest bots, then the name decides. Or why each does not.
 */
export function choosePlaceAmong(servers: readonly PlaceableServer[]): Choice {
  const refused = servers.flatMap((server) => {
    const why = refusalOf(server)
    return why === null ? [] : [{ name: server.name, why }]
  })
  const [best] = servers.filter((server) => refusalOf(server) === null).toSorted(compare)
  return best === undefined ? { refused } : { id: best.id }
}

function refusalOf({ cordoned, state, trouble, capacity, bots }: PlaceableServer): string | null {
  if (cordoned) return 'is cordoned'
  if (state === 'suspected') return 'is silent'
  if (state === 'given_up') return 'is given up'
  if (state === 'unheard' && trouble !== null) return `cannot be reached: ${trouble}`
  if (bots >= capacity) return `is full (${bots} of ${capacity})`
  return null
}

function compare(a: PlaceableServer, b: PlaceableServer): number {
  return (
    Number(a.trouble !== null) - Number(b.trouble !== null) ||
    Number(a.memory_free_bytes === null) - Number(b.memory_free_bytes === null) ||
    free(b) - free(a) ||
    a.bots - b.bots ||
    (a.name < b.name ? -1 : Number(a.name > b.name))
  )
}

const free = ({ memory_free_bytes, coming }: PlaceableServer): number => (memory_free_bytes ?? 0) - coming * BOT_RESERVATION_BYTES
