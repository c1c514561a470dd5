import { setTimeout as delay } from 'node:timers/promises'
import { Bot, BotQr, PairingLinkCreated } from '@zaptria/contract'
import { normalizePhone } from '@zaptria/core'
import { toString } from 'qrcode'
import { unlessAway } from '../api/client.ts'
import type { Api } from '../api/client.ts'
import { apiCommand } from '../api/command.ts'
import type { Context } from '../command.ts'
import { Problem } from '../command.ts'
import { findTenant, tenantArgument } from '../tenants/find.ts'
import { whole } from '../values.ts'
import { lookAt } from './pairing.ts'
import type { Look } from './pairing.ts'

const EVERY_MS = 1_000

export const pair = apiCommand({
  name: 'pair',
  summary: 'link a bot with a WhatsApp account: the QR in this terminal, or a code for the phone',
  details: `Shows each QR until the bot is connected. On the phone: WhatsApp, Settings, Linked devices, Link a device.
With --phone there is a code instead, to be typed there under "Link with phone number instead".
With --link there is an address to send to a customer who pairs from elsewhere: good once, for a day; a new one voids the old.`,
  examples: [
    'zaptria pair "Padaria da Praça"',
    'zaptria pair "Padaria da Praça" --phone 5511987654321',
    'zaptria pair "Padaria da Praça" --link',
  ],
  arguments: { tenant: tenantArgument },
  options: {
    phone: { kind: 'value', placeholder: 'NUMBER', summary: 'a code for the phone of this number, instead of a QR', parse: String },
    link: { kind: 'flag', summary: 'print an address for a customer, instead of waiting here' },
    minutes: { kind: 'value', placeholder: 'N', summary: 'wait for so long (default 10)', parse: whole(1, 1_440) },
  },
  run: async (api, { tenant: said, phone, link, minutes = 10 }, context) => {
    const { id, name } = await findTenant(api, said)
    if (link) {
      const made = await api.call('POST', `/tenants/${id}/bot/pairing-link`, PairingLinkCreated, { body: {} })
      return { code: 0, data: made, text: `${made.url}\n` }
    }
    const bot = await api.call('GET', `/tenants/${id}/bot`, Bot)
    if (bot.state.state === 'connected') {
      context.say(
        `${name} is connected already${bot.number === null ? '' : `, as +${bot.number}`}. To link another account: zaptria bots logout`,
      )
      return { code: 0, data: { state: 'connected', number: bot.number } }
    }
    if (phone !== undefined || bot.state.state !== 'qr_ready')
      await api.call('POST', `/tenants/${id}/bot/pair`, Bot, { body: phone === undefined ? {} : { phone } })
    await untilConnected(api, id, { phone, minutes }, context)
    const { number } = await api.call('GET', `/tenants/${id}/bot`, Bot)
    context.say(`Connected${number === null ? '' : ` as +${number}`}. ${name} answers.`)
    return { code: 0, data: { state: 'connected', number } }
  },
})

/** Shows what changes, until the phone is linked. */
async function untilConnected(
  api: Api,
  tenant: string,
  { phone, minutes }: { phone: string | undefined; minutes: number },
  { say, json, terminal, signal }: Context,
): Promise<void> {
  const until = performance.now() + minutes * 60_000
  let shown = ''
  while (!signal.aborted) {
    const qr = await unlessAway(() => api.call('GET', `/tenants/${tenant}/bot/qr`, BotQr))
    const look: Look = qr === null ? { is: 'waiting', what: 'Zaptria does not answer for the moment …' } : lookAt(qr)
    if (look.is === 'connected') return
    if (look.is === 'over') throw new Problem(look.why, look.hint)
    // A QR of before the code was asked for.
    const text = look.is === 'qr' && phone !== undefined ? 'a code is made …' : await textOf(look, terminal.drawn, phone)
    if (text !== shown && !json) say(text)
    shown = text
    if (performance.now() > until)
      throw new Problem(`Nobody scanned within ${minutes} minutes.`, 'Do it again when the phone is at hand: zaptria pair')
    await delay(EVERY_MS, undefined, { signal }).catch(() => {})
  }
  throw new Problem('Stopped before the bot was connected.', 'Go on with: zaptria pair')
}

async function textOf(look: Exclude<Look, { is: 'connected' | 'over' }>, drawn: boolean, phone: string | undefined): Promise<string> {
  switch (look.is) {
    case 'qr':
      return `\n${await toString(look.qr, drawn ? { type: 'terminal', small: true, errorCorrectionLevel: 'L' } : { type: 'utf8', errorCorrectionLevel: 'L' })}
Scan it: WhatsApp on the phone, Settings, Linked devices, Link a device.`
    case 'code': {
      // The country is part of it: without one a number may be somebody else's.
      const whose = phone === undefined ? '' : ` of +${normalizePhone(phone) ?? phone}`
      return `\nType this on the phone${whose}, under "Link with phone number instead":  ${look.code.slice(0, 4)}-${look.code.slice(4)}
It is good for up to 3 minutes; then another one comes.`
    }
    case 'waiting':
      return look.what
    default:
      return look satisfies never
  }
}
