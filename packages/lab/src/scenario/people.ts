import { z } from 'zod'
import { newGroupId } from '../domain/ids.ts'
import { deliverToAccount, deliverToContact } from '../domain/messages.ts'
import { LabError } from '../domain/problem.ts'
import { action, digits } from './action.ts'

const addressing = z.enum(['pn', 'lid'])

/** Who there is. Creating somebody who exists already changes nothing and returns them. */
export const people = {
  /** A WhatsApp number with a phone: the tenant's. */
  createAccount: action(
    z.object({ number: digits, name: z.string().default('Conta'), passkey: z.boolean().default(false) }),
    ({ world }, input) => world.createAccount(input),
  ),

  /** A person who can write to any account. `addressing: 'lid'`: the chat appears under `…@lid`; `phoneKnown`: the page can tell the phone. */
  createContact: action(
    z.object({
      phone: digits,
      name: z.string().default('Contato'),
      lid: digits.optional(),
      addressing: addressing.default('pn'),
      phoneKnown: z.boolean().default(true),
    }),
    ({ world }, input) => world.createContact(input),
  ),

  /** `addressing` moves later messages to the other chat id; `online: false` keeps what is sent at one tick. */
  updateContact: action(
    z.object({
      phone: digits,
      name: z.string().optional(),
      addressing: addressing.optional(),
      phoneKnown: z.boolean().optional(),
      online: z.boolean().optional(),
    }),
    ({ world }, { phone, ...changes }) => {
      const contact = world.contact(phone)
      for (const [key, value] of Object.entries(changes)) if (value !== undefined) Object.assign(contact, { [key]: value })
      world.changed({ type: 'contact', contact: phone })
      deliverToContact(world, phone)
      return contact
    },
  ),

  updateAccount: action(
    z.object({ number: digits, name: z.string().optional(), passkey: z.boolean().optional() }),
    ({ world }, { number, name, passkey }) => {
      const account = world.account(number)
      account.name = name ?? account.name
      account.passkey = passkey ?? account.passkey
      world.changed({ type: 'account', account: number })
    },
  ),

  /** The owner's phone loses or finds its network. Linked devices work without it; what comes in stays at one tick unless they get it. */
  setPhoneOnline: action(z.object({ account: digits, online: z.boolean() }), ({ world }, { account: number, online }) => {
    const account = world.account(number)
    account.phoneOnline = online
    if (online) deliverToAccount(world, account)
    world.changed({ type: 'account', account: number })
  }),

  createGroup: action(z.object({ account: digits, subject: z.string(), participants: z.array(digits).min(1) }), ({ world }, input) => {
    const account = world.account(input.account)
    for (const phone of input.participants) world.contact(phone)
    const chat = newGroupId()
    account.conversations.push({ chat, name: input.subject, contact: null, participants: input.participants, unread: 0, messages: [] })
    world.changed({ type: 'account', account: account.number })
    return { chat }
  }),

  /** A linked device's local store has nothing older than now, as on a volume restored from an old snapshot. Holds from its next connection. */
  forgetHistory: action(z.object({ account: digits }), ({ world }, { account: number }) => {
    const account = world.account(number)
    if (account.devices.length === 0) throw new LabError(`${number} has no linked device`)
    for (const device of account.devices) device.sinceSeq = world.lastSeq
  }),
}
