import { BotState, DesiredState, InstanceState, StateReason, type Bot } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import { MESSAGES } from '../../i18n/messages.ts'
import { possibleDeeds } from './deeds.tsx'
import { summarize } from './summary.ts'
import { wayOut } from './way-out.tsx'

const at = '2026-11-24T12:00:00.000Z'
type Seen = Parameters<typeof summarize>[0] & {}

function bot(change: Partial<Omit<Seen, 'state'>> & { state?: BotState; reason?: StateReason } = {}): Seen {
  const { state = 'connected', reason = 'ready', ...rest } = change
  return {
    desired: 'running',
    alive: true,
    under_way: null,
    last_beat_at: at,
    transport: 'link',
    instance: { state: 'running', detail: null, at },
    ...rest,
    state: { state, reason, detail: null, at },
  }
}
const pt = (seen: Seen | null) => MESSAGES[summarize(seen).title][0]

describe('how a bot stands', () => {
  it('has a sentence and an advice for everything that can be', () => {
    for (const desired of DesiredState.options)
      for (const state of BotState.options)
        for (const reason of StateReason.options)
          for (const instance of InstanceState.options)
            for (const alive of [true, false]) {
              const { title, advice } = summarize(bot({ desired, state, reason, alive, instance: { state: instance, detail: null, at } }))
              expect(MESSAGES[title][0]).not.toBe('')
              expect(MESSAGES[advice][1]).not.toBe('')
            }
  })

  it.each([
    ['Sem robô', null],
    ['Conectado', bot()],
    ['Esperando o celular', bot({ state: 'qr_ready', reason: 'waiting_for_scan' })],
    ['Sem sinal do robô', bot({ alive: false })],
    ['Ligando o robô', bot({ alive: false, last_beat_at: null })],
    ['O robô não pôde ser criado', bot({ alive: false, last_beat_at: null, instance: { state: 'absent', detail: 'no image', at } })],
    ['O robô não pôde ser criado', bot({ alive: false, instance: { state: 'absent', detail: 'no image', at } })],
    ['O servidor do robô não responde', bot({ alive: false, last_beat_at: null, instance: { state: 'unknown', detail: 'no engine', at } })],
    ['Sem sinal do robô', bot({ alive: false, instance: { state: 'exited', detail: 'exit code 1', at } })],
    ['Parando o robô', bot({ desired: 'stopped' })],
    ['Robô parado', bot({ desired: 'stopped', instance: { state: 'exited', detail: null, at } })],
    ['Ligando o robô', bot({ state: 'starting', reason: 'stopped' })],
    ['Robô parado', bot({ alive: false, transport: 'http', state: 'starting', reason: 'stopped' })],
    ['Robô removido', bot({ desired: 'removed', instance: { state: 'absent', detail: null, at } })],
    ['Número bloqueado pelo WhatsApp', bot({ state: 'banned', reason: 'account_banned' })],
  ])('says "%s"', (sentence, seen) => expect(pt(seen)).toBe(sentence))

  it.each([
    ['Trazendo a sessão de volta', bot({ alive: false, under_way: 'restore' })],
    ['Trazendo a sessão de volta', bot({ under_way: 'restore', instance: { state: 'exited', detail: 'exit code 0', at } })],
    ['Trazendo a sessão de volta', bot({ state: 'reconnecting', reason: 'restoring' })],
    ['Ligando o robô', bot({ alive: false, under_way: 'start', instance: { state: 'absent', detail: null, at } })],
    ['Reconectando', bot({ state: 'reconnecting', reason: 'waiting_for_grant' })],
  ])('says "%s" calmly when somebody wished for it', (sentence, seen) => {
    expect(pt(seen)).toBe(sentence)
    expect(summarize(seen).tone).toBe('busy')
    expect(wayOut(seen as Bot)).toBeNull()
  })

  it('says what stands in the way of a wish', () => {
    expect(pt(bot({ alive: false, under_way: 'restore', instance: { state: 'absent', detail: 'no image', at } }))).toBe(
      'O robô não pôde ser criado',
    )
    expect(pt(bot({ alive: false, under_way: 'start', instance: { state: 'unknown', detail: 'no engine', at } }))).toBe(
      'O servidor do robô não responde',
    )
  })

  it('believes a foreign bot, which has no link, by what it last posted', () => {
    expect(pt(bot({ transport: 'http', alive: false }))).toBe('Conectado')
  })

  it('waiting for a scan is no trouble; being blocked is', () => {
    expect(summarize(bot({ state: 'qr_ready', reason: 'qr_paused' })).tone).toBe('wait')
    expect(summarize(bot({ state: 'failed', reason: 'disk_full' })).tone).toBe('bad')
  })
})

describe('what can be done', () => {
  const deeds = (seen: Seen) => possibleDeeds(seen)

  it('fits how the bot stands', () => {
    expect(deeds(bot())).toEqual(['restart', 'stop', 'pair', 'logout', 'remove'])
    expect(deeds(bot({ state: 'qr_ready', reason: 'waiting_for_scan' }))).not.toContain('logout')
    expect(deeds(bot({ desired: 'stopped' }))).toEqual(['start', 'remove'])
    expect(deeds(bot({ desired: 'removed' }))).toEqual(['start'])
  })

  it.each([
    ['logged_out', 'pair'],
    ['conflict', 'restart'],
    ['failed', 'restart'],
    ['connected', undefined],
  ] as const)('%s: the one deed that helps is %s', (state, deed) => {
    expect(wayOut(bot({ state }) as Bot)?.deed).toBe(deed)
    expect(wayOut(bot({ state, under_way: 'restore' }) as Bot)).toBeNull()
  })
})
