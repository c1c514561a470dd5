import { StateReason, type AlertKind } from '@zaptria/contract'
import { formatPhone } from '../../format/phone.ts'
import type { MessageId } from '../../i18n/messages.ts'
import type { Translate } from '../../i18n/use-t.ts'

/** As the control plane writes them: core/src/bot, and in the control plane due, ingest, reconcile. `facts` is what it adds. */
const KNOWN: Partial<Record<AlertKind, readonly (readonly [RegExp, MessageId])[]>> = {
  number_shared: [[/^\+(?<digits>\d+): (?<names>.+)$/s, 'alert.number_shared.who']],
  bot_needs_scan: [[/^the session of \+(?<digits>\d+) is lost, and no snapshot could bring it back$/, 'cause.session-lost']],
  snapshot_damaged: [[/^snapshot (?<name>\S+) of (?<facts>.+)$/s, 'cause.damaged']],
  bot_not_beating: [[/^the bot runs but says nothing(?:: (?<facts>.+))?$/s, 'cause.silent']],
  server_unreachable: [[/^the server does not say whether the bot runs(?:: (?<facts>.+))?$/s, 'cause.unknown']],
  bot_moved: [[/^from (?<from>.+) to (?<to>.+), because .+? fell silent; (?<facts>.+)$/s, 'cause.moved']],
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

/** What an alert's detail comes to in the person's language; null where it is a fact for whoever looks, and stays as it is. */
export function factText(kind: AlertKind, detail: string, t: Translate): string | null {
  for (const [pattern, sentence] of KNOWN[kind] ?? []) {
    const found = pattern.exec(detail)
    if (found === null) continue
    const { facts, digits, days, ...values } = found.groups ?? {}
    const number = digits === undefined ? {} : { number: formatPhone(digits) }
    return withFacts(t(sentence, { ...values, ...number, ...(days === undefined ? {} : { days: Number(days) }) }), facts)
  }
  return null
}

/** Some alerts begin with a bot's reason: that has a sentence. */
export function detailText(kind: AlertKind, detail: string, t: Translate): string {
  const fact = factText(kind, detail, t)
  if (fact !== null) return fact
  const [, word = '', facts] = /^(\w+)(?:: (.*))?$/s.exec(detail) ?? []
  const reason = StateReason.safeParse(word)
  return reason.success ? withFacts(t(`reason.${reason.data}`), facts) : detail
}

const withFacts = (sentence: string, facts: string | undefined): string =>
  facts === undefined || facts === '' ? sentence : `${sentence} (${facts})`
