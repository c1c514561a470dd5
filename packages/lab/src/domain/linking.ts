import { newPairingCode, newSecret } from './ids.ts'
import { LabError } from './problem.ts'
import type { Account, Device, DeviceKeys } from './types.ts'
import type { World } from './world.ts'

/** A device that waits to be linked. */
export type Candidate = {
  name: string
  protocol: Device['protocol']
  keys: DeviceKeys
  onPairing(): void
  onPasskey(): void
  onLinked(account: Account, device: Device): void
}

export type WaitingQr = { ref: string; qr: string; name: string }

export const qrOf = (ref: string, keys: DeviceKeys): string => [ref, keys.noise, keys.identity, keys.adv, keys.platform].join(',')

/** Whoever shows a QR or a code, and whoever scans it. */
export class Linking {
  readonly #world: World
  readonly #refs = new Map<string, Candidate>()
  readonly #codes = new Map<string, { phone: string; candidate: Candidate }>()
  readonly #passkeys = new Map<string, { candidate: Candidate; by: Device['linkedBy'] }>()

  constructor(world: World) {
    this.#world = world
  }

  offer(ref: string, candidate: Candidate): void {
    this.#refs.set(ref, candidate)
    this.#world.changed({ type: 'qr', ref })
  }

  offerCode(phone: string, candidate: Candidate): string {
    const code = newPairingCode()
    for (const [old, offer] of this.#codes) if (offer.candidate === candidate) this.#codes.delete(old)
    this.#codes.set(code, { phone, candidate })
    this.#world.changed({ type: 'qr', ref: code })
    return code
  }

  expire(ref: string): void {
    if (this.#refs.delete(ref)) this.#world.changed({ type: 'qr', ref })
  }

  /** The candidate is gone or linked. */
  withdraw(candidate: Candidate): void {
    for (const [ref, one] of this.#refs) if (one === candidate) this.expire(ref)
    for (const [code, one] of this.#codes) if (one.candidate === candidate) this.#codes.delete(code)
    for (const [account, one] of this.#passkeys) if (one.candidate === candidate) this.#passkeys.delete(account)
  }

  waitingQrs(): WaitingQr[] {
    return [...this.#refs].map(([ref, candidate]) => ({ ref, qr: qrOf(ref, candidate.keys), name: candidate.name }))
  }

  waitingCodes(): { code: string; phone: string; name: string }[] {
    return [...this.#codes].map(([code, { phone, candidate }]) => ({ code, phone, name: candidate.name }))
  }

  waitingPasskeys(): string[] {
    return [...this.#passkeys.keys()]
  }

  /** The phone scans. What WhatsApp would refuse throws, with the reason. */
  scan(account: Account, qr: string): void {
    const fields = qr.split(',')
    if (fields.length !== 5) throw new LabError(`a QR has five fields, this one ${fields.length}: ${qr.slice(0, 60)}`)
    const [ref = '', noise, identity, adv, platform] = fields
    const candidate = this.#refs.get(ref)
    if (!candidate) throw new LabError('this QR is not, or no longer, valid')
    const { keys } = candidate
    if (noise !== keys.noise || identity !== keys.identity || adv !== keys.adv || platform !== keys.platform) {
      throw new LabError('the QR does not carry the keys of the device that shows it')
    }
    this.#link(account, candidate, 'qr')
  }

  enterCode(account: Account, code: string): void {
    const wanted = code.replaceAll(/[\s-]/g, '').toUpperCase()
    const offer = this.#codes.get(wanted)
    if (!offer) throw new LabError(`no device waits with the code ${wanted}`)
    if (offer.phone !== account.number) throw new LabError(`the code ${wanted} was asked for ${offer.phone}, not ${account.number}`)
    this.#link(account, offer.candidate, 'code')
  }

  /** A person did on the other device what a headless browser cannot. */
  confirmPasskey(account: Account): void {
    const pending = this.#passkeys.get(account.number)
    if (!pending) throw new LabError(`no device waits for a passkey of ${account.number}`)
    this.#passkeys.delete(account.number)
    this.#finish(account, pending.candidate, pending.by)
  }

  #link(account: Account, candidate: Candidate, by: Device['linkedBy']): void {
    if (account.banned) throw new LabError(`${account.number} is banned`)
    if (!account.phoneOnline) throw new LabError(`the phone of ${account.number} is offline`)
    if (account.devices.length >= 4) throw new LabError(`${account.number} has four linked devices already`)
    this.withdraw(candidate)
    if (account.passkey) {
      this.#passkeys.set(account.number, { candidate, by })
      candidate.onPasskey()
      return
    }
    candidate.onPairing()
    this.#finish(account, candidate, by)
  }

  #finish(account: Account, candidate: Candidate, by: Device['linkedBy']): void {
    const device: Device = {
      id: newSecret(),
      secret: newSecret(),
      account: account.number,
      name: candidate.name,
      protocol: candidate.protocol,
      linkedAt: this.#world.now(),
      linkedBy: by,
      sinceSeq: 0,
      keys: candidate.keys,
      counter: 0,
      opened: null,
    }
    account.devices.push(device)
    this.#world.changed({ type: 'devices', account: account.number })
    candidate.onLinked(account, device)
  }
}
