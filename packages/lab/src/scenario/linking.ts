import { z } from 'zod'
import { LabError } from '../domain/problem.ts'
import { action, digits } from './action.ts'

/** Between the phone and the devices linked to it. */
export const linking = {
  /** The phone scans: the whole text of the QR. */
  scan: action(z.object({ account: digits, qr: z.string() }), ({ world, linking: links }, { account, qr }) =>
    links.scan(world.account(account), qr),
  ),

  enterPairingCode: action(z.object({ account: digits, code: z.string() }), ({ world, linking: links }, { account, code }) =>
    links.enterCode(world.account(account), code),
  ),

  /** The passkey that linking waits for is given. */
  confirmPasskey: action(z.object({ account: digits }), ({ world, linking: links }, { account }) =>
    links.confirmPasskey(world.account(account)),
  ),

  /** "Log out" in the phone's list of linked devices: one, or all. */
  unlink: action(z.object({ account: digits, device: z.string().optional() }), (gateway, { account: number, device: id }) => {
    const account = gateway.world.account(number)
    const devices = account.devices.filter((one) => id === undefined || one.id === id)
    if (devices.length === 0) throw new LabError(`${number} has no such linked device`)
    for (const device of devices) gateway.remove(account, device, 'phone')
  }),

  /** WhatsApp blocks the number. `block`: the page says so and stays; `logout`: the link is removed at once. */
  ban: action(z.object({ account: digits, how: z.enum(['block', 'logout']).default('block') }), (gateway, { account: number, how }) => {
    const account = gateway.world.account(number)
    account.banned = true
    if (how === 'block') gateway.ban(account)
    else for (const device of account.devices) gateway.remove(account, device, 'banned')
    gateway.world.changed({ type: 'account', account: number })
  }),

  unban: action(z.object({ account: digits }), ({ world }, { account: number }) => {
    world.account(number).banned = false
    world.changed({ type: 'account', account: number })
  }),

  /** The session is opened in another browser. The device can take it back (`Socket.takeover`). */
  conflict: action(z.object({ account: digits }), (gateway, { account }) => gateway.conflict(gateway.world.account(account))),

  /** Every waiting QR is replaced now. */
  expireQrs: action(z.object({}).prefault({}), (gateway) => gateway.expireQrs()),

  /** Nobody scanned for too long: every waiting page goes to `UNPAIRED_IDLE`. */
  idle: action(z.object({}).prefault({}), (gateway) => gateway.idle()),
}
