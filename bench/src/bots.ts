import type { FlowInput } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import { below, processes } from './processes.ts'
import type { Process } from './processes.ts'
import type { Rig } from './rig.ts'

/** Answers every message with its own words, so that each reply can be told from every other. */
const ECHO: FlowInput = {
  format: 1,
  name: 'Echo',
  trigger: { type: 'any' },
  start: 'echo',
  nodes: { echo: { type: 'text', text: 'echo {{answer}}' } },
  loop_after_answers: null,
}

/** A bot that is paired, connected, answers with the echo and sends without pauses. */
export type PairedBot = { tenant: string; account: string; contacts: string[] }

const CONTACTS_PER_BOT = 20
const START_MS = 180_000
const FLEET_MS = 900_000

/** Pairs `count` bots through the API and the Lab, one after the other's QR. */
export async function pairBots(rig: Rig, count: number): Promise<PairedBot[]> {
  const bots: PairedBot[] = []
  for (let index = 0; index < count; index++) bots.push(await startPairing(rig, index))
  for (const bot of bots) await connected(rig, bot)
  return bots
}

/** As pairBots, all of them at once: each QR is scanned as it shows up. */
export async function pairFleet(rig: Rig, count: number): Promise<PairedBot[]> {
  const bots: PairedBot[] = []
  for (let index = 0; index < count; index++) bots.push(await paid(rig, index))
  const waiting = new Map(bots.map((bot) => [bot.tenant, bot]))
  const scanAll = async (): Promise<boolean> => {
    for (const { id, bot } of await rig.api.bots()) {
      const paired = waiting.get(id)
      if (paired === undefined || bot?.state.state !== 'qr_ready') continue
      const { qr_code } = await rig.api.qr(id)
      if (qr_code === null) continue
      await rig.lab.scenario.scan({ account: paired.account, qr: qr_code })
      waiting.delete(id)
      rig.setup.progress(`${count - waiting.size} bots paired`)
    }
    return waiting.size === 0
  }
  await waitFor(scanAll, { timeoutMs: FLEET_MS, everyMs: LOOK_MS, what: 'every QR to be scanned' })
  await allConnected(rig, bots)
  return bots
}

/** Each look costs the control plane's processor, which is the bots' too. */
const LOOK_MS = 1_000

/** Waits until each has said, after `since` (Unix ms), that it is connected; answers with when each was seen so, by `performance.now()`. */
export async function allConnected({ api }: Rig, bots: readonly PairedBot[], since = 0): Promise<number[]> {
  const waiting = new Set(bots.map(({ tenant }) => tenant))
  const seen: number[] = []
  const look = async (): Promise<boolean> => {
    for (const { id, bot } of await api.bots()) {
      if (bot === null || !waiting.has(id)) continue
      if (!bot.alive || bot.state.state !== 'connected' || Date.parse(bot.state.at) <= since) continue
      waiting.delete(id)
      seen.push(performance.now())
    }
    if (waiting.size > 0) throw new Error(`${waiting.size} are not connected`)
    return true
  }
  await waitFor(look, { timeoutMs: FLEET_MS, everyMs: LOOK_MS, what: 'all bots to be connected' })
  return seen
}

async function paid({ api, lab }: Rig, index: number): Promise<PairedBot> {
  const { id: tenant } = await api.createTenant(`Bench ${index}`)
  await api.publish(tenant, ECHO)
  await api.pay(tenant)
  await api.pacingOff(tenant)
  const account = String(5_511_900_000_000 + index)
  await lab.scenario.createAccount({ number: account, name: `Bench ${index}` })
  const contacts = Array.from({ length: CONTACTS_PER_BOT }, (_, i) => String(5_511_800_000_000 + index * 1000 + i))
  for (const phone of contacts) await lab.scenario.createContact({ phone, name: `Contact ${phone}` })
  return { tenant, account, contacts }
}

async function startPairing(rig: Rig, index: number): Promise<PairedBot> {
  const { api, lab, setup } = rig
  const { tenant, account, contacts } = await paid(rig, index)
  const qr = await waitFor(async () => (await api.qr(tenant)).qr_code, {
    timeoutMs: START_MS,
    everyMs: 100,
    what: `the QR of bot ${index}`,
  })
  await lab.scenario.scan({ account, qr })
  setup.progress(`bot ${index + 1} paired`)
  return { tenant, account, contacts }
}

async function connected({ api }: Rig, { tenant }: PairedBot): Promise<void> {
  const look = async (): Promise<boolean> => {
    const bot = await api.bot(tenant)
    if (bot.alive && bot.state.state === 'connected') return true
    throw new Error(`alive: ${bot.alive}, ${bot.state.state} (${bot.state.reason})`)
  }
  await waitFor(look, { timeoutMs: START_MS, everyMs: 200, what: 'a bot to be connected' })
}

/** One message in, its answer out: from the contact's sending to the moment at which WhatsApp holds the reply. Milliseconds. */
export async function roundtrip({ lab }: Rig, bot: PairedBot, contact: string, word: string): Promise<number> {
  const answered = lab.scenario.waitForMessage({ account: bot.account, contact, body: `echo ${word}`, timeoutMs: 30_000 })
  const before = performance.now()
  await Promise.all([answered, lab.scenario.sendFromContact({ account: bot.account, contact, body: word })])
  return performance.now() - before
}

/** The bots' own processes, straight below the control plane; their browsers are below them. */
export function botProcesses(rig: Rig, all: readonly Process[] = processes()): Process[] {
  const { pid } = rig.controlPlane()
  return below(pid ?? -1, all).filter(({ parent }) => parent === pid)
}

/** How many bots there are, whatever runs them. */
export async function instances(rig: Rig): Promise<number> {
  return rig.docker === undefined ? botProcesses(rig).length : (await rig.docker.engine.containers(rig.docker.serverId)).length
}
