import { waitFor } from '@zaptria/lab/testing'
import type { Fleet, Shop } from './fleet.ts'

/** What one contact wrote to a shop, in this order. */
type Account = { shop: Shop; contact: string; sent: { id: string; body: string }[] }

export type Balance = {
  messages: number
  answers: number
  /** Sent and not stored; stored more than once; stored in another order than sent; questions without an answer, or with several. */
  faults: string[]
}

const SETTLED_MS = 180_000

/** What went in and came out of the Lab, against what the database holds. */
export class Ledger {
  readonly #fleet: Fleet
  readonly #accounts = new Map<string, Account>()
  #messages = 0

  constructor(fleet: Fleet) {
    this.#fleet = fleet
  }

  get messages(): number {
    return this.#messages
  }

  async write(shop: Shop, contact: string): Promise<void> {
    const account = this.#accounts.get(contact) ?? { shop, contact, sent: [] }
    this.#accounts.set(contact, account)
    const body = `m${(this.#messages += 1)};`
    const { id } = await this.#fleet.lab.scenario.sendFromContact({ account: shop.account, contact, body })
    account.sent.push({ id, body })
  }

  /** Everything is stored and every answer is decided. */
  async settled(): Promise<void> {
    const look = async (): Promise<boolean> => {
      const [row] = await this.#fleet.query<{ came: number; open: number }>(
        `select count(*) filter (where not from_me)::int as came, count(*) filter (where status in ('queued', 'handed'))::int as open from messages`,
      )
      if (row!.came >= this.#messages && row!.open === 0) return true
      throw new Error(`${row!.came} of ${this.#messages} are stored, ${row!.open} answers are open`)
    }
    // What does not come is told by the balance, one by one.
    await waitFor(look, { timeoutMs: SETTLED_MS, everyMs: 500, what: 'everything to be settled' }).catch(() => {})
  }

  async balance(): Promise<Balance> {
    const faults: string[] = []
    let answers = 0
    for (const { shop, contact, sent } of this.#accounts.values()) {
      const who = `${shop.engine} ${shop.account} from ${contact}`
      const rows = await this.#fleet.query<{ wa_id: string; from_me: boolean; body: string; status: string; failure: string | null }>(
        `select m.wa_id, m.from_me, m.body, m.status, m.failure_reason as failure from messages m
         join conversations c on c.id = m.conversation_id join contact_aliases a on a.contact_id = c.contact_id
         where m.tenant_id = $1 and a.jid = $2 order by m.seq`,
        [shop.tenant, `${contact}@c.us`],
      )
      const stored = rows.filter((row) => !row.from_me).map((row) => row.wa_id)
      compare(
        `${who}: stored`,
        sent.map(({ id }) => id),
        stored,
        faults,
      )

      const received = (await this.#fleet.lab.scenario.messages({ account: shop.account, contact })).filter(({ fromMe }) => fromMe)
      answers += received.length
      compare(
        `${who}: answered`,
        sent.map(({ body }) => `echo ${body}`),
        received.map(({ body }) => body),
        faults,
      )
      for (const { copies, body } of received) if (copies > 1) faults.push(`${who}: ${body} was shown ${copies} times`)
      for (const row of rows.filter(({ from_me, status }) => from_me && !['accepted', 'delivered', 'read'].includes(status)))
        faults.push(`${who}: the answer ${row.body} is ${row.status}${row.failure === null ? '' : ` (${row.failure})`}`)
    }
    return { messages: this.#messages, answers, faults }
  }
}

/** One line for each way in which a list is not the one expected. */
function compare(what: string, expected: readonly string[], found: readonly string[], faults: string[]): void {
  const lost = expected.filter((one) => !found.includes(one))
  const strange = found.filter((one) => !expected.includes(one))
  const doubled = found.filter((one, i) => found.indexOf(one) !== i)
  if (lost.length > 0) faults.push(`${what}: lost ${lost.slice(0, 5).join(', ')}${more(lost)}`)
  if (doubled.length > 0) faults.push(`${what}: doubled ${doubled.slice(0, 5).join(', ')}${more(doubled)}`)
  if (strange.length > 0) faults.push(`${what}: never sent ${strange.slice(0, 5).join(', ')}${more(strange)}`)
  const firsts = found.filter((one, i) => expected.includes(one) && found.indexOf(one) === i)
  const order = firsts.findIndex((one, i) => i > 0 && expected.indexOf(one) < expected.indexOf(firsts[i - 1]!))
  if (order !== -1) faults.push(`${what}: ${firsts[order]} after ${firsts[order - 1]}`)
}

const more = (list: readonly string[]): string => (list.length > 5 ? ` and ${list.length - 5} more` : '')
