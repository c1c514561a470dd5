import type { AlertKind } from '@zaptria/contract'
import { loopIn, plan, type BotObserved } from '@zaptria/core'
import { describe, expect, it } from 'vitest'
import { formatDateTime } from '../../format/time.ts'
import { createI18n } from '../../i18n/setup.ts'
import { detailText, factText } from './detail-text.ts'

const translate = (language: 'pt-BR' | 'en') => {
  const i18n = createI18n(language)
  return (id: Parameters<typeof i18n._>[0], values?: Parameters<typeof i18n._>[1]) => i18n._(id, values)
}
const pt = (kind: AlertKind, detail: string) => detailText(kind, detail, translate('pt-BR'), 'pt-BR')
const en = (kind: AlertKind, detail: string) => detailText(kind, detail, translate('en'), 'en')

const NOW = 10_000_000
const seen = (instance: Partial<BotObserved['instance']>, more: Partial<BotObserved> = {}): BotObserved => ({
  instance: { state: 'running', generation: 1, changed_at_ms: 0, ...instance },
  link: { up: false, last_beat_at_ms: null },
  started_at_ms: 0,
  bot_state: 'connected',
  reason: 'ready',
  attempts: 0,
  open_alerts: [],
  ...more,
})

describe('an alert’s detail', () => {
  it.each([
    [
      '+5511900000001: Padaria da Praça',
      '+55 11 90000-0001 também está com: Padaria da Praça',
      '+55 11 90000-0001 is also with: Padaria da Praça',
    ],
    [
      '+14155552671: Loja: a 2ª, Mercado',
      '+1 415 555-2671 também está com: Loja: a 2ª, Mercado',
      '+1 415 555-2671 is also with: Loja: a 2ª, Mercado',
    ],
    ['written by another version', 'written by another version', 'written by another version'],
  ])('of a number that two have is a sentence: %s', (detail, inPortuguese, inEnglish) => {
    expect([pt('number_shared', detail), en('number_shared', detail)]).toEqual([inPortuguese, inEnglish])
  })

  it('says what a machine said of a connection in words', () => {
    const silent = (said: string) => pt('bot_not_beating', `the bot runs but says nothing: ${said}`)
    expect(silent('getaddrinfo ENOTFOUND painel.exemplo.com.br')).toBe(
      'Ele roda, mas não diz nada (o endereço painel.exemplo.com.br não existe na internet)',
    )
    expect(silent('connect ECONNREFUSED 10.0.0.9:443; connect ECONNREFUSED 10.0.0.8:443')).toContain('(ninguém atende em 10.0.0.9:443)')
    expect(silent('EPROTO 4: something new')).toContain('(EPROTO 4: something new)')
    expect(pt('webhook_disabled', 'app.exemplo.com: nothing has succeeded for 5 days: answered 500')).toMatch(/\(respondeu 500\)$/)
    expect(en('webhook_disabled', 'app.exemplo.com: nothing has succeeded for 5 days: no answer within 20 s')).toMatch(
      /\(no answer within 20 s\)$/,
    )
  })

  it('of another kind is as it was', () => {
    expect(pt('bot_needs_scan', '+5511900000001: x')).toBe('+5511900000001: x')
    expect(pt('bot_failed', 'browser_missing: /usr/bin/chromium')).toMatch(/^Falta o Chromium.*\(\/usr\/bin\/chromium\)$/)
  })

  it.each([
    ['it ended', seen({ state: 'exited', detail: 'exit code 1' }), 'Ele tinha parado (exit code 1)'],
    ['it is silent', seen({}), 'Ele roda, mas não diz nada'],
    ['it was changed by hand', seen({ drift: 'by_hand', detail: 'memory' }), 'Alguém o alterou no servidor (memory)'],
    ['it does not come up', seen({ state: 'creating' }), 'Ele não chegou a ligar'],
    ['it was removed', seen({ removed: true }), 'Alguém o removeu do servidor; ele é criado de novo, com tudo o que era seu'],
    [
      'its server started it',
      seen({ restarted: 'exit code 137' }, { started_at_ms: NOW - 1000 }),
      'O próprio servidor o religou (exit code 137)',
    ],
    [
      'its session was lost',
      seen({}, { link: { up: true, last_beat_at_ms: NOW }, bot_state: 'qr_ready', reason: 'waiting_for_scan', number: '5511900000001' }),
      'A sessão de +55 11 90000-0001 se perdeu, e nenhuma cópia pôde trazê-la de volta. As mensagens novas esperam no celular',
    ],
    ['nobody knows', seen({ state: 'unknown', detail: 'no answer' }), 'O servidor não diz se o robô roda (no answer)'],
  ])('is in the person’s language as the plan raises it: %s', (_, observed, sentence) => {
    const { steps } = plan({ desired: 'running', generation: 1 }, observed, NOW)
    const raised = steps.flatMap((step) => (step.do === 'raise' ? [step] : []))
    expect(raised).not.toEqual([])
    for (const { alert, detail } of raised) expect(factText(alert, detail, translate('en'), 'en')).not.toBeNull()
    expect(raised.map(({ alert, detail }) => pt(alert, detail))).toContain(sentence)
  })

  it.each([
    [
      'orphan_found',
      'zaptria-bot-1 ran without a bot that owns it; it was removed, its volume is kept',
      'zaptria-bot-1 was removed; its data is kept',
    ],
    [
      'snapshot_damaged',
      'snapshot 0193a1f4 of 2026-11-30T06:12:13Z: part 0 is not in the vault',
      'The copy 0193a1f4 cannot be opened (2026-11-30T06:12:13Z: part 0 is not in the vault)',
    ],
    ['sink_paused', 'bot.example.com refuses the bot’s token: 401', 'bot.example.com refuses the token (401)'],
    ['webhook_disabled', 'example.com: it answered 410 Gone', 'example.com answered that it is gone (410)'],
    [
      'webhook_disabled',
      'example.com: nothing has succeeded for 3 days: it answered 500',
      'example.com: nothing was taken for 3 days (it answered 500)',
    ],
    [
      'conversation_loop',
      'conversation 0193: it went on by itself too often without an answer',
      'The flow went on by itself too often without an answer',
    ],
    ['conversation_stuck', 'conversation 0193: a node is missing', 'conversation 0193: a node is missing'],
  ] as const)('of %s is a sentence where it is known: %s', (kind, detail, sentence) => {
    expect(en(kind, detail)).toBe(sentence)
  })

  const AT = '2026-11-30T17:05:00.000Z'
  const at = { pt: formatDateTime(new Date(AT), 'pt-BR'), en: formatDateTime(new Date(AT), 'en') }

  // As due/servers.ts, due/servers-move.ts, due/beats.ts and start/lost-servers.ts of the control plane write them.
  it.each([
    [
      'server_silent',
      `the server vps-2 has not been heard since ${AT}`,
      `Do servidor vps-2 nada se ouve desde ${at.pt}`,
      `The server vps-2 has not been heard since ${at.en}`,
    ],
    [
      'server_silent',
      'the server vps-2 has not been heard since it was added; no other server is heard, so that its bots stay with it',
      'Do servidor vps-2 nada se ouviu desde que foi adicionado. Nenhum outro servidor responde: os robôs dele ficam nele',
      'The server vps-2 has not been heard since it was added. No other server is heard: its bots stay with it',
    ],
    [
      'server_silent',
      `the server vps-2 has not been heard since ${AT}; start its bots elsewhere with: zaptria servers give-up vps-2`,
      `Do servidor vps-2 nada se ouve desde ${at.pt}. Para ligar os robôs dele em outro servidor: zaptria servers give-up vps-2`,
      `The server vps-2 has not been heard since ${at.en}. To start its bots on another server: zaptria servers give-up vps-2`,
    ],
    [
      'server_silent',
      `the server vps-2 has not been heard since ${AT}; its bots stay with it (failover: never)`,
      `Do servidor vps-2 nada se ouve desde ${at.pt}. Os robôs dele ficam nele (failover: never)`,
      `The server vps-2 has not been heard since ${at.en}. Its bots stay with it (failover: never)`,
    ],
    [
      'server_silent',
      'the server vps-2 was given up: its bots are started elsewhere',
      'O servidor vps-2 foi dado como perdido: os robôs dele são ligados em outro',
      'The server vps-2 was given up: its bots are started elsewhere',
    ],
    [
      'server_silent',
      'the server vps-2 was given up: its bots are started elsewhere; it is heard again',
      'O servidor vps-2 foi dado como perdido: os robôs dele são ligados em outro. Agora ele responde de novo',
      'The server vps-2 was given up: its bots are started elsewhere. It is heard again',
    ],
    [
      'bot_moved',
      'from vps-2 to vps-3, because vps-2 fell silent; 3 events waited in its outbox, the oldest for 4.2 s, as it said 75 s before; ' +
        `its session comes from the snapshot of ${AT}`,
      `De vps-2 para vps-3. 3 eventos esperavam nele, o mais antigo há 4 s, como disse 1 min 15 s antes. A sessão dele vem da cópia de ${at.pt}`,
      `From vps-2 to vps-3. 3 events waited in it, the oldest for 4 sec, as it said 1 min 15 sec before. Its session comes from the copy of ${at.en}`,
    ],
    [
      'bot_moved',
      'from vps-2 to vps-3, because vps-2 fell silent; 1 events waited in its outbox, as it said 0 s before; ' +
        'there is no snapshot of its session: it has to be scanned again',
      'De vps-2 para vps-3. 1 evento esperava nele, como disse 0 s antes. Não há cópia da sessão dele: é preciso escanear de novo',
      'From vps-2 to vps-3. 1 event waited in it, as it said 0 sec before. There is no copy of its session: it has to be scanned again',
    ],
    [
      'bot_moved',
      'from vps-2 to vps-3, because vps-2 fell silent; it had never said how much waits in its outbox; ' +
        'there is no snapshot of its session: it has to be scanned again',
      'De vps-2 para vps-3. Ele nunca tinha dito quantos eventos esperavam nele. Não há cópia da sessão dele: é preciso escanear de novo',
      'From vps-2 to vps-3. It had never said how many events waited in it. There is no copy of its session: it has to be scanned again',
    ],
    [
      'bot_not_made',
      'its server vps-2 was given up. There is no server to run bots on yet.',
      'O servidor dele, vps-2, foi dado como perdido, e nenhum outro o aceita (There is no server to run bots on yet.)',
      'Its server vps-2 was given up, and no other one takes it (There is no server to run bots on yet.)',
    ],
    [
      'server_unreachable',
      '12 bots are on the server vps-2, which this installation cannot reach: it was not tried yet',
      '12 robôs estão no servidor vps-2, que esta instalação não alcança (it was not tried yet)',
      '12 bots are on the server vps-2, which this installation cannot reach (it was not tried yet)',
    ],
    ['outbox_backlog', '1234 events wait in the outbox', '1.234 eventos esperam', '1,234 events wait'],
    ['disk_low', '150 MB left', '150 MB livres', '150 MB left'],
    ['disk_low', '81% of the volume used', '81% do volume em uso', '81% of the volume in use'],
  ] as const)('of %s is in both languages, with dates and numbers as people write them: %s', (kind, detail, inPortuguese, inEnglish) => {
    expect([pt(kind, detail), en(kind, detail)]).toEqual([inPortuguese, inEnglish])
  })

  it('keeps a part that is not known, beside those that are', () => {
    expect(pt('bot_moved', 'from vps-2 to vps-3, because vps-2 fell silent; something newer')).toBe('De vps-2 para vps-3. something newer')
    expect(pt('server_silent', 'something newer; it is heard again')).toBe('something newer; it is heard again')
  })

  it('says how often the bot answered one that was taken for another bot', () => {
    const loop = (answers: number, repeats: number) =>
      pt(
        'conversation_loop',
        `conversation 0193: ${loopIn({ loop_after_answers: 9 }, { since_ms: 0, answers, heard: 'x'.repeat(99), repeats })}`,
      )
    expect(loop(10, 1)).toMatch(/^9 respostas em \d+ minutos$/)
    expect(loop(5, 9)).toMatch(/^As mesmas palavras vieram \d+ vezes seguidas$/)
  })
})
