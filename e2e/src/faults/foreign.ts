import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startLab } from '@zaptria/lab'
import type { Lab } from '@zaptria/lab'
import { waitFor } from '@zaptria/lab/testing'
import { isOdd, MOODS, openForeignDashboard } from './foreign-dashboard.ts'
import type { ForeignDashboard } from './foreign-dashboard.ts'
import { compare } from './ledger.ts'
import { Random } from './random.ts'

const SHOP = '5511900000001'
const TOKEN = 'zbt_0123456789abcdefghijklmnopqrstuvwxyzABCD'
const CONTACTS = Array.from({ length: 12 }, (_, n) => `55119888877${10 + n}`)
/** WhatsApp tells their phones only once their chats go by them. */
const STRANGERS = CONTACTS.filter((_, n) => n % 3 === 0)
const lidOf = (phone: string): string => `77${phone}`
/** So long after an answer a bot that is killed may not have noted it yet. */
const NOTED_MS = 2_000
const SETTLED_MS = 90_000

export type ForeignOptions = { seed: number; seconds: number; perSecond: number; progress: (line: string) => void }
export type ForeignOutcome = {
  seed: number
  seconds: number
  messages: number
  sends: number
  kills: number
  tries: number
  repeats: number
  setAside: number
  /** How often a contact's chat went on under its other name. */
  switches: number
  moods: Record<string, number>
  faults: string[]
}

/** The bot's program on its own volume, with an engine that is simulated, behind the dashboard; killed and started at will. */
async function startBot(lab: Lab, dashboard: ForeignDashboard, dataDir: string) {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../../apps/bot/src/main.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      BOT_TOKEN: TOKEN,
      TENANT_ID: '42',
      DASHBOARD_URL: dashboard.url,
      PORT: '0',
      ZAPTRIA_DATA_DIR: dataDir,
      ZAPTRIA_ENGINE: 'simulated',
      ZAPTRIA_LAB_URL: lab.simulated,
      ZAPTRIA_PACING: '{"enabled":false}',
    },
  })
  const exited = once(child, 'exit')
  const port = Promise.withResolvers<string>()
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-65_536)
    const found = /"port":(\d+)/.exec(said)?.[1]
    if (found !== undefined) port.resolve(found)
  })
  void exited.then(() => port.reject(new Error(`the bot ended before it listened: ${said.slice(-1000)}`)))
  const url = `http://127.0.0.1:${await port.promise}`
  return {
    post: (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ token: TOKEN, ...body }),
        signal: AbortSignal.timeout(30_000),
      }),
    async kill(): Promise<void> {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** A foreign bot behind a dashboard with moods, killed now and then, while contacts write and the dashboard's owner sends; then all is well, and is counted. */
export async function runForeign(options: ForeignOptions): Promise<ForeignOutcome> {
  const { seed, seconds, perSecond, progress } = options
  const random = new Random(seed)
  const [traffic, trouble, chance, naming] = [random.fork(), random.fork(), random.fork(), random.fork()]
  const dataDir = mkdtempSync(join(tmpdir(), 'zaptria-foreign-'))
  const lab = await startLab()
  const dashboard = await openForeignDashboard(chance)
  let bot = await startBot(lab, dashboard, join(dataDir, 'volume'))
  const written = new Map<string, string[]>(CONTACTS.map((contact) => [contact, []]))
  const sent = new Map<string, string[]>(CONTACTS.map((contact) => [contact, []]))
  const killedAt: number[] = []
  const moods: Record<string, number> = {}
  const faults: string[] = []
  let [messages, sends, switches] = [0, 0, 0]
  let over = false
  try {
    await lab.scenario.createAccount({ number: SHOP, name: 'Padaria' })
    for (const phone of CONTACTS) {
      const stranger = STRANGERS.includes(phone)
      const known = { addressing: stranger ? ('lid' as const) : ('pn' as const), phoneKnown: !stranger }
      await lab.scenario.createContact({ phone, name: phone, lid: lidOf(phone), ...known })
    }
    const waiting = { timeoutMs: 60_000 }
    await waitFor(() => dashboard.taken('qr_code').length > 0, { what: 'a QR', ...waiting })
    await lab.scenario.scan({ account: SHOP, qr: String(dashboard.taken('qr_code').at(-1)?.['qr_code']) })
    await waitFor(() => dashboard.taken('status').length > 0, { what: 'connected', ...waiting })

    const restart = async (): Promise<void> => {
      killedAt.push(Date.now())
      await bot.kill()
      killedAt.push(Date.now())
      bot = await startBot(lab, dashboard, join(dataDir, 'volume'))
    }
    const end = performance.now() + seconds * 1000
    const writing = async (): Promise<void> => {
      while (performance.now() < end) {
        const contact = traffic.pick(CONTACTS)
        const body = `m${(messages += 1)};`
        await lab.scenario.sendFromContact({ account: SHOP, contact, body })
        written.get(contact)?.push(body)
        await delay((2 * 1000 * traffic.next()) / perSecond)
      }
      over = true
    }
    /** As a careful client: with a key, again until it is told. */
    const sending = async (): Promise<void> => {
      while (!over) {
        const contact = CONTACTS[sends % CONTACTS.length] ?? ''
        const message = `s${(sends += 1)};`
        const once = async (): Promise<boolean> => {
          const answer = await bot.post('/send', { to: contact, message }, { 'idempotency-key': message })
          if (!answer.ok) throw new Error(`/send answered ${answer.status}: ${await answer.text()}`)
          return true
        }
        await waitFor(once, { what: `${message} to be sent`, timeoutMs: 60_000, everyMs: 300 })
        sent.get(contact)?.push(message)
        await delay(1_000)
      }
    }
    const switching = async (): Promise<void> => {
      const byLid = new Set(STRANGERS)
      while (!over) {
        await delay(naming.between(50, 500))
        const phone = naming.pick(CONTACTS)
        const addressing = byLid.delete(phone) ? 'pn' : 'lid'
        if (addressing === 'lid') byLid.add(phone)
        await lab.scenario.updateContact({ phone, addressing, phoneKnown: true })
        switches += 1
      }
    }
    const moody = async (): Promise<void> => {
      let left: (typeof MOODS)[number][] = []
      while (!over) {
        if (left.length === 0) left = [...MOODS]
        const mood = left.splice(trouble.between(0, left.length - 1), 1)[0] ?? 'well'
        moods[mood] = (moods[mood] ?? 0) + 1
        progress(`${messages} messages: ${mood}`)
        await dashboard.turn(mood)
        await delay(trouble.between(500, Math.max(1_500, seconds * 35)))
        if (!trouble.chance(0.3)) continue
        progress(`${messages} messages: the bot is killed`)
        await restart()
      }
    }
    await Promise.all([writing(), sending(), switching(), moody()])

    progress('healing')
    await dashboard.turn('well')
    // After a start all that waits for its time is due: nobody has to wait for the longest pause.
    await restart()
    const all = [...written.values()].flat()
    const arrived = (): unknown[] =>
      dashboard
        .taken('body')
        .map((body) => body['body'])
        .filter((text) => all.includes(String(text)))
    const due = (count: number) =>
      waitFor(() => arrived().length >= count, { what: 'all to arrive', timeoutMs: SETTLED_MS }).catch(() => {})
    const odd = all.filter(isOdd).length
    await due(all.length - odd)
    const firsts = dashboard.taken('body').slice()
    if (dashboard.odd.size !== odd) faults.push(`${dashboard.odd.size} events were refused for good, not ${odd}`)
    dashboard.likeAll()
    const { replayed } = (await (await bot.post('/replay', {})).json()) as { replayed: number }
    if (replayed !== odd) faults.push(`${replayed} events were set aside, not ${odd}`)
    await due(all.length)

    for (const [contact, texts] of written) {
      const names: unknown[] = [`${contact}@c.us`, `${lidOf(contact)}@lid`]
      const came = (from: readonly Record<string, unknown>[]) =>
        from.filter((body) => names.includes(body['from'])).map((body) => String(body['body']))
      compare(
        `from ${contact}`,
        texts.filter((text) => !isOdd(text)),
        came(firsts),
        faults,
      )
      for (const text of texts.filter(isOdd)) if (!came(dashboard.taken('body')).includes(text)) faults.push(`${text} was not replayed`)
      const seen = await lab.scenario.messages({ account: SHOP, contact })
      const ours = seen.filter(({ fromMe }) => fromMe)
      compare(
        `to ${contact}`,
        sent.get(contact) ?? [],
        ours.map(({ body }) => body),
        faults,
      )
      for (const { body, copies } of ours) if (copies > 1) faults.push(`${body} was shown ${copies} times`)
    }
    for (const { text, answeredAt } of dashboard.again) {
      if (!killedAt.some((at) => at >= answeredAt - 100 && at < answeredAt + NOTED_MS))
        faults.push(`${text} came again though it was confirmed`)
    }
    const counts = {
      messages,
      sends,
      switches,
      kills: killedAt.length / 2,
      tries: dashboard.tries(),
      repeats: dashboard.repeats(),
      setAside: odd,
    }
    return { seed, seconds, ...counts, moods, faults }
  } finally {
    over = true
    await bot.kill()
    await dashboard.close()
    await lab.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** For people: what was done, and what was found. */
export function reportForeign(outcome: ForeignOutcome): string {
  const { seed, seconds, messages, sends, switches, kills, tries, repeats, setAside, moods, faults } = outcome
  return [
    `seed ${seed}: ${seconds} s behind a foreign dashboard; ${faults.length === 0 ? 'nothing lost, doubled or out of order' : `${faults.length} FAULTS`}`,
    `  ${messages} messages in, brought by ${tries} requests; ${repeats} again because an answer was lost; ${setAside} set aside and replayed; ${sends} sent; ${switches} times a chat changed between LID and phone; ${kills} times killed`,
    ...Object.entries(moods).map(([mood, count]) => `  ${String(count).padStart(3)} × ${mood}`),
    ...faults.map((fault) => `  ✗ ${fault}`),
  ].join('\n')
}
