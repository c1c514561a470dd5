import { waitFor } from '@zaptria/lab/testing'
import { asMedia, sendFile, servedHash } from './files.ts'
import type { File } from './files.ts'
import type { Fleet, Shop } from './fleet.ts'
import type { Random } from './random.ts'

/** What one contact wrote to a shop, in this order. */
type Account = { shop: Shop; contact: string; sent: { id: string; body: string; file: File | null }[] }

/** What a shop sent to its receiver, in this order. */
type Outbox = { shop: Shop; files: { body: string; file: File }[]; refused: string[]; sending: Promise<void> }

export type Balance = {
  messages: number
  answers: number
  /** That came, and that were sent. */
  files: { in: number; out: number }
  /**
   * Sent and not stored; stored more than once; stored in another order than sent; questions without an answer, or with several; files that did not come, or not as they were.
   */
  faults: string[]
}

const SETTLED_MS = 180_000
const TICKED_MS = 30_000

/** What the database calls WhatsApp's acks. */
const BY_ACK: Readonly<Record<number, string>> = { 1: 'accepted', 2: 'delivered', 3: 'read', 4: 'read' }

/** What went in and came out of the Lab, against what the database holds. */
export class Ledger {
  readonly #fleet: Fleet
  readonly #accounts = new Map<string, Account>()
  readonly #outboxes = new Map<string, Outbox>()
  #messages = 0
  #files = 0

  constructor(fleet: Fleet) {
    this.#fleet = fleet
  }

  get messages(): number {
    return this.#messages
  }

  /** A contact writes; with a file, its words are the caption. */
  async write(shop: Shop, contact: string, file: File | null): Promise<void> {
    const account = this.#accounts.get(contact) ?? { shop, contact, sent: [] }
    this.#accounts.set(contact, account)
    const body = `m${(this.#messages += 1)};`
    const media = file === null ? {} : { media: asMedia(file) }
    const { id } = await this.#fleet.lab.scenario.sendFromContact({ account: shop.account, contact, body, ...media })
    account.sent.push({ id, body, file })
  }

  /** A contact of a shop opens the chat. */
  async read(shop: Shop, random: Random): Promise<void> {
    await this.#fleet.lab.scenario.readByContact({ account: shop.account, contact: random.pick(shop.contacts) })
  }

  /** A shop sends a file, after those that it has sent before, however long that takes. */
  send(shop: Shop, file: File): void {
    const outbox = this.#outboxes.get(shop.tenant) ?? { shop, files: [], refused: [], sending: Promise.resolve() }
    this.#outboxes.set(shop.tenant, outbox)
    const body = `f${(this.#files += 1)};`
    outbox.files.push({ body, file })
    outbox.sending = outbox.sending
      .then(() => sendFile(this.#fleet, shop, file, body))
      .catch((error: unknown) => void outbox.refused.push(`${body} was not taken: ${String(error)}`))
  }

  /** Everything is stored and every answer is decided. */
  async settled(): Promise<void> {
    for (const { sending } of this.#outboxes.values()) await sending
    const look = async (): Promise<boolean> => {
      const [row] = await this.#fleet.query<{ came: number; open: number; files: number }>(
        `select count(*) filter (where not from_me)::int as came, count(*) filter (where status in ('queued', 'handed'))::int as open,
           (select count(*) from media where state = 'pending')::int as files from messages`,
      )
      if (row!.came >= this.#messages && row!.open === 0 && row!.files === 0) return true
      throw new Error(`${row!.came} of ${this.#messages} are stored, ${row!.open} answers are open, ${row!.files} files have yet to come`)
    }
    // What does not come is told by the balance, one by one.
    await waitFor(look, { timeoutMs: SETTLED_MS, everyMs: 500, what: 'everything to be settled' }).catch(() => {})
    const ticked = async (): Promise<boolean> => (await this.#wrongTicks()).length === 0
    await waitFor(ticked, { timeoutMs: TICKED_MS, everyMs: 1_000, what: 'ticks to be as WhatsApp has them' }).catch(() => {})
  }

  /** @param apart words of answers that may have left, once, or not: they are counted elsewhere */
  async balance(apart: ReadonlySet<string> = new Set()): Promise<Balance> {
    const faults: string[] = []
    let answers = 0
    for (const account of this.#accounts.values()) answers += await this.#balanceAccount(account, apart, faults)
    for (const outbox of this.#outboxes.values()) await this.#balanceOutbox(outbox, faults)
    faults.push(...(await this.#wrongTicks()))
    const came = [...this.#accounts.values()].flatMap(({ sent }) => sent).filter(({ file }) => file !== null).length
    return { messages: this.#messages, answers, files: { in: came, out: this.#files }, faults }
  }

  /** Answers how many answers there were. */
  async #balanceAccount({ shop, contact, sent }: Account, apart: ReadonlySet<string>, faults: string[]): Promise<number> {
    const who = `${shop.engine} ${shop.account} from ${contact}`
    const rows = (await this.#rows(shop, contact)).filter(({ from_me, body }) => !(from_me && apart.has(body)))
    const stored = rows.filter((row) => !row.from_me)
    const storedIds = stored.map((row) => row.wa_id)
    const sentIds = sent.map(({ id }) => id)
    compare(`${who}: stored`, sentIds, storedIds, faults)
    for (const { id, body, file } of sent) {
      const row = stored.find(({ wa_id }) => wa_id === id)
      if (file === null || row === undefined) continue
      const served = await servedHash(this.#fleet, shop, row.id)
      if (served !== file.sha256) faults.push(`${who}: the file of ${body} (${row.media}) is ${served}, not ${file.sha256}`)
    }

    const all = await this.#received(shop, contact)
    for (const body of apart) if (all.filter((one) => one.body === body).length > 1) faults.push(`${who}: ${body} left more than once`)
    const received = all.filter(({ body }) => !apart.has(body))
    const answers = received.map(({ body }) => body)
    const expected = sent.map(({ body }) => `echo ${body}`).filter((body) => !apart.has(body))
    compare(`${who}: answered`, expected, answers, faults)
    refuseCopiesAndFailures(who, received, rows, faults)
    return received.length
  }

  async #balanceOutbox({ shop, files, refused }: Outbox, faults: string[]): Promise<void> {
    const who = `${shop.engine} ${shop.account} to ${shop.receiver}`
    faults.push(...refused.map((why) => `${who}: ${why}`))
    const received = await this.#received(shop, shop.receiver)
    // Each with its hash: another one's bytes under its name are a loss, and something that was never sent.
    const named = (body: string, sha256: string): string => `${body} ${sha256.slice(0, 12)}`
    const shown = received.map(({ body, media }) => named(body, Buffer.from(media?.filehash ?? '', 'base64').toString('hex')))
    const sent = files.map(({ body, file }) => named(body, file.sha256))
    compare(`${who}: files`, sent, shown, faults)
    refuseCopiesAndFailures(who, received, await this.#rows(shop, shop.receiver), faults)
  }

  /** How far WhatsApp says that our messages came, against how far the database does. */
  async #wrongTicks(): Promise<string[]> {
    const rows = await this.#fleet.query<{ tenant_id: string; wa_id: string; status: string; body: string; at: string }>(
      `select tenant_id, wa_id, status, body, to_char(updated_at, 'HH24:MI:SS.MS') as at from messages where from_me and wa_id is not null`,
    )
    const known = new Map(rows.map((row) => [`${row.tenant_id} ${row.wa_id}`, row]))
    const wrong: string[] = []
    for (const shop of this.#fleet.shops)
      for (const contact of [...shop.contacts, shop.receiver])
        for (const { id, ack, chat } of await this.#received(shop, contact)) {
          const row = known.get(`${shop.tenant} ${id}`)
          if (row !== undefined && row.status !== BY_ACK[ack])
            wrong.push(
              `${shop.engine} ${shop.account} to ${chat}: ${row.body} (${id}) is ${row.status} since ${row.at}, with WhatsApp it is ${BY_ACK[ack] ?? ack}`,
            )
        }
    return wrong.length > 20 ? [...wrong.slice(0, 20), `and ${wrong.length - 20} more have other ticks than with WhatsApp`] : wrong
  }

  #rows(shop: Shop, contact: string): Promise<MessageRow[]> {
    return this.#fleet.query<MessageRow>(
      `select m.id, m.wa_id, m.from_me, m.body, m.status, m.failure_reason as failure, f.state as media from messages m
       left join media f on f.id = m.media_id
       join conversations c on c.id = m.conversation_id join contact_aliases a on a.contact_id = c.contact_id
       where m.tenant_id = $1 and a.jid = $2 order by m.seq`,
      [shop.tenant, `${contact}@c.us`],
    )
  }

  async #received(shop: Shop, contact: string) {
    return (await this.#fleet.lab.scenario.messages({ account: shop.account, contact })).filter(({ fromMe }) => fromMe)
  }
}

type MessageRow = {
  id: string
  wa_id: string
  from_me: boolean
  body: string
  status: string
  failure: string | null
  media: string | null
}

function refuseCopiesAndFailures(
  who: string,
  received: readonly { body: string; copies: number }[],
  rows: readonly MessageRow[],
  faults: string[],
): void {
  for (const { copies, body } of received) if (copies > 1) faults.push(`${who}: ${body} was shown ${copies} times`)
  for (const row of rows.filter(({ from_me, status }) => from_me && !['accepted', 'delivered', 'read'].includes(status)))
    faults.push(`${who}: the answer ${row.body} is ${row.status}${row.failure === null ? '' : ` (${row.failure})`}`)
}

/** One line for each way in which a list is not the one expected. */
export function compare(what: string, expected: readonly string[], found: readonly string[], faults: string[]): void {
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
