import { z } from 'zod'
import { Faults, Settings, noFaults } from '../domain/faults.ts'
import { releaseAcks } from '../domain/messages.ts'
import type { Gateway } from '../wire/gateway.ts'
import { action, digits } from './action.ts'

/** What was held is let go as soon as its switch is off. */
const settle = (gateway: Gateway): void => {
  const { world } = gateway
  if (!world.faults.stall) gateway.flush()
  if (!world.faults.holdAcks) releaseAcks(world)
  world.changed({ type: 'faults' })
}

const withoutUndefined = (input: object): object => Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))

export const trouble = {
  /** Sets the switches named, leaves the others. */
  setFaults: action(Faults.partial().strict(), (gateway, faults) => {
    Object.assign(gateway.world.faults, withoutUndefined(faults))
    settle(gateway)
    return gateway.world.faults
  }),

  clearFaults: action(z.object({}).prefault({}), (gateway) => {
    Object.assign(gateway.world.faults, noFaults)
    settle(gateway)
  }),

  setSettings: action(Settings.partial().strict(), ({ world }, settings) => {
    Object.assign(world.settings, withoutUndefined(settings))
    world.changed({ type: 'faults' })
    return world.settings
  }),

  /** The account's devices lose their connections and get no new ones until `restoreNetwork`. */
  dropNetwork: action(z.object({ account: digits }), (gateway, { account }) => {
    gateway.world.cutOff.add(account)
    gateway.drop(gateway.world.account(account))
  }),

  restoreNetwork: action(z.object({ account: digits }), ({ world }, { account }) => {
    world.cutOff.delete(account)
  }),

  /** Every page loads itself anew, as after an update of its own. Simulated devices do not heed it. */
  reloadPages: action(z.object({}).prefault({}), (gateway) => gateway.reload()),

  /** Connections are closed once; clients may come back at once. Absent account: all of them. */
  closeConnections: action(z.object({ account: digits.optional() }).prefault({}), (gateway, { account }) =>
    gateway.drop(account === undefined ? null : gateway.world.account(account)),
  ),
}
