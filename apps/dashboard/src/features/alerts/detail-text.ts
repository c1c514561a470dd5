import { StateReason, type AlertKind } from '@zaptria/contract'
import { faultText } from './fault.ts'
import { formatPhone } from '../../format/phone.ts'
import { formatSize } from '../../format/size.ts'
import { formatDateTime, formatSpan } from '../../format/time.ts'
import type { Language } from '../../i18n/language.ts'
import type { MessageId } from '../../i18n/messages.ts'
import type { Translate } from '../../i18n/use-t.ts'

/** As the control plane writes them: core/src/bot, and in the control plane due, ingest, reconcile. `facts` is what it adds. */
const KNOWN: Partial<Record<AlertKind, readonly (readonly [RegExp, MessageId])[]>> = {
  number_shared: [[/^\+(?<digits>\d+): (?<names>.+)$/s, 'alert.number_shared.who']],
  bot_needs_scan: [[/^the session of \+(?<digits>\d+) is lost, and no snapshot could bring it back$/, 'cause.session-lost']],
  snapshot_damaged: [[/^snapshot (?<name>\S+) of (?<facts>.+)$/s, 'cause.damaged']],
  bot_not_beating: [[/^the bot runs but says nothing(?:: (?<facts>.+))?$/s, 'cause.silent']],
  server_unreachable: [
    [/^the server does not say whether the bot runs(?:: (?<facts>.+))?$/s, 'cause.unknown'],
    [/^(?<count>\d+) bots are on the server (?<server>.+?), which this installation cannot reach: (?<facts>.+)$/s, 'cause.out-of-reach'],
  ],
  outbox_backlog: [[/^(?<count>\d+) events wait in the outbox$/, 'cause.backlog']],
  disk_low: [
    [/^(?<megabytes>\d+) MB left$/, 'cause.disk-left'],
    [/^(?<percent>\d+)% of the volume used$/, 'cause.volume-used'],
  ],
  bot_not_made: [[/^its server (?<server>.+?) was given up\. (?<facts>.+)$/s, 'cause.not-moved']],
  bot_restarted: [
    [/^replaced, because it had ended(?:: (?<facts>.+))?$/s, 'cause.ended'],
    [/^replaced, because it said nothing(?:: (?<facts>.+))?$/s, 'cause.silent'],
    [/^replaced, because somebody changed it(?:: (?<facts>.+))?$/s, 'cause.changed'],
    [/^replaced, because it did not come up(?:: (?<facts>.+))?$/s, 'cause.not-up'],
    [/^somebody removed it from its server/, 'cause.removed'],
    [/^started again by its platform: (?<facts>.+)$/s, 'cause.platform'],
  ],
  orphan_found: [[/^(?<name>\S+) ran without a bot that owns it/, 'cause.orphan']],
  sink_paused: [[/^(?<host>\S+) refuses the bot’s token: (?<facts>.+)$/s, 'cause.token']],
  webhook_disabled: [
    [/^(?<host>\S+): it answered 410 Gone$/, 'cause.gone'],
    [/^(?<host>\S+): nothing has succeeded for (?<days>\d+) days: (?<facts>.+)$/s, 'cause.failing'],
  ],
  conversation_loop: [
    [/^conversation \S+: (?<count>\d+) answers within (?<minutes>\d+) minutes$/, 'cause.answers'],
    [/^conversation \S+: the same words were answered (?<count>\d+) times in a row$/, 'cause.same-words'],
    [/^conversation \S+: it went on by itself/, 'cause.by-itself'],
  ],
}

/** Of these the detail is several sentences, with "; " between them: what happened, then what came of it. */
const KNOWN_PARTS: Partial<Record<AlertKind, readonly (readonly [RegExp, MessageId])[]>> = {
  server_silent: [
    [/^the server (?<server>.+) was given up: its bots are started elsewhere$/s, 'cause.given-up'],
    [/^it is heard again$/, 'cause.heard-again'],
    [/^the server (?<server>.+) has not been heard since (?<at>\d{4}-\S+Z)$/s, 'cause.unheard-since'],
    [/^the server (?<server>.+) has not been heard since it was added$/s, 'cause.never-heard'],
    [/^start its bots elsewhere with: (?<command>.+)$/s, 'cause.held.ask'],
    [/^its bots stay with it \(failover: never\)$/, 'cause.held.never'],
    [/^no other server is heard, so that its bots stay with it$/, 'cause.held.alone'],
  ],
  bot_moved: [
    [/^from (?<from>.+) to (?<to>.+), because \1 fell silent$/s, 'cause.moved'],
    [/^it had never said how much waits in its outbox$/, 'cause.moved.outbox-unknown'],
    [/^(?<count>\d+) events waited in its outbox, as it said (?<ago>\d+) s before$/, 'cause.moved.outbox'],
    [
      /^(?<count>\d+) events waited in its outbox, the oldest for (?<oldest>[\d.]+) s, as it said (?<ago>\d+) s before$/,
      'cause.moved.outbox-oldest',
    ],
    [/^its session comes from the snapshot of (?<at>\d{4}-\S+Z)$/, 'cause.moved.snapshot'],
    [/^there is no snapshot of its session: it has to be scanned again$/, 'cause.moved.no-snapshot'],
  ],
}

/** What stands in a detail, as people of that language write it; anything else stays as it is. */
const WRITTEN: Record<string, (said: string, language: Language) => string | number> = {
  at: (said, language) => formatDateTime(new Date(said), language),
  ago: (said, language) => formatSpan(Number(said), language),
  oldest: (said, language) => formatSpan(Math.round(Number(said)), language),
  megabytes: (said, language) => formatSize(Number(said) * 1_048_576, language),
  percent: (said, language) => new Intl.NumberFormat(language, { style: 'percent' }).format(Number(said) / 100),
  count: Number,
  days: Number,
}

/** What an alert's detail comes to in the person's language; null where it is a fact for whoever looks, and stays as it is. */
export function factText(kind: AlertKind, detail: string, t: Translate, language: Language): string | null {
  const whole = sentenceOf(KNOWN[kind] ?? [], detail, t, language)
  if (whole !== null) return whole
  const [first, ...rest] = detail.split('; ').map((part) => ({ part, text: sentenceOf(KNOWN_PARTS[kind] ?? [], part, t, language) }))
  if (first === undefined || first.text === null) return null
  return [first, ...rest].map(({ part, text }) => text ?? part).join('. ')
}

function sentenceOf(known: readonly (readonly [RegExp, MessageId])[], said: string, t: Translate, language: Language): string | null {
  for (const [pattern, sentence] of known) {
    const found = pattern.exec(said)
    if (found === null) continue
    const { facts, digits, ...groups } = found.groups ?? {}
    const values = Object.entries(groups).map(([name, value]) => [name, WRITTEN[name]?.(value, language) ?? value] as const)
    const number = digits === undefined ? {} : { number: formatPhone(digits) }
    return withFacts(t(sentence, { ...Object.fromEntries(values), ...number }), facts, t)
  }
  return null
}

/** Some alerts begin with a bot's reason: that has a sentence. */
export function detailText(kind: AlertKind, detail: string, t: Translate, language: Language): string {
  const fact = factText(kind, detail, t, language)
  if (fact !== null) return fact
  const [, word = '', facts] = /^(\w+)(?:: (.*))?$/s.exec(detail) ?? []
  const reason = StateReason.safeParse(word)
  return reason.success ? withFacts(t(`reason.${reason.data}`), facts, t) : faultText(detail, t)
}

const withFacts = (sentence: string, facts: string | undefined, t: Translate): string =>
  facts === undefined || facts === '' ? sentence : `${sentence} (${faultText(facts, t)})`
