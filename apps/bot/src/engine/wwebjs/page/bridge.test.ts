import { describe, expect, it } from 'vitest'
import { waIdOf } from '../../wa-id.ts'
import { installBridge, type BridgeWindow } from './bridge.ts'
import { installCompat } from './compat.ts'
import { installContent } from './content.ts'

const PHONE = '5511988887777@c.us'
const LID = '123456789012345@lid'
const OTHER = '5511977776666@c.us'

type Message = { id: { fromMe: boolean; remote: string; id: string }; t: number; type: string; body: string }
const message = (remote: string, id: string, t: number): Message => ({ id: { fromMe: false, remote, id }, t, type: 'chat', body: id })
const unreadable = (remote: string, t: number): Message => ({
  ...message(remote, 'BAD', t),
  get body(): string {
    throw new Error('no body')
  },
})

/** A page with such chats. It knows a person's other name where `lids` or `phones` say it. */
const pageWith = (chats: Record<string, Message[]>, known: { lids?: Record<string, string>; phones?: Record<string, string> } = {}) => {
  const told: object[] = []
  const modules: Record<string, unknown> = {
    WAWebCollections: { Chat: { models: Object.entries(chats).map(([id, models]) => ({ id, msgs: { models } })) } },
    WAWebWidFactory: { createWid: (id: string) => id },
    WAWebApiContact: {
      getCurrentLid: (id: string) => known.lids?.[id] ?? null,
      getPhoneNumber: (id: string) => known.phones?.[id] ?? null,
    },
  }
  const window: BridgeWindow = {
    require: (name) => modules[name] ?? null,
    zaptriaReport: async (report) => void told.push(report),
  }
  installCompat(window, waIdOf)
  installContent(window)
  installBridge(window)
  const bridge = window.zaptria?.bridge
  if (!bridge) throw new Error('nothing was installed')
  return { bridge, told }
}

describe('reading a page’s chats', () => {
  const chats = { [PHONE]: [message(PHONE, 'A', 10)], [OTHER]: [message(OTHER, 'B', 20)], [LID]: [message(LID, 'C', 30)] }

  it.each([
    ['both ways', { lids: { [PHONE]: LID }, phones: { [LID]: PHONE } }],
    ['by the phone alone', { lids: { [PHONE]: LID } }],
    ['by the LID alone', { phones: { [LID]: PHONE } }],
  ])('puts the chats of one contact together, known %s', (_, known) => {
    expect(pageWith(chats, known).bridge.chatsSince({}, 0)).toEqual([[PHONE, LID], [OTHER]])
  })

  it('leaves chats apart that nobody knows to be one contact’s, and those without news out', () => {
    expect(pageWith(chats).bridge.chatsSince({}, 0)).toEqual([[PHONE], [OTHER], [LID]])
    const known = { lids: { [PHONE]: LID } }
    expect(pageWith(chats, known).bridge.chatsSince({ [PHONE]: 11 }, 20)).toEqual([[OTHER], [LID]])
  })

  it('reads each of them from its own time on, and what can be read though something cannot', async () => {
    const held = { [PHONE]: [message(PHONE, 'old', 5), message(PHONE, 'A', 10)], [LID]: [message(LID, 'C', 30), unreadable(LID, 31)] }
    const { bridge, told } = pageWith(held)
    const found = await bridge.messagesSince([
      { id: PHONE, since: 10 },
      { id: LID, since: 20 },
      { id: OTHER, since: 0 },
    ])
    expect(found.map((messages) => messages.map(({ waId }) => waId))).toEqual([['A'], ['C'], []])
    expect(told).toEqual([{ kind: 'unreadable', type: 'chat: Error: no body' }])
  })
})
