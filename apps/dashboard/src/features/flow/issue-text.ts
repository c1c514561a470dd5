import type { MessageId } from '../../i18n/messages.ts'
import type { Translate } from '../../i18n/use-t.ts'

/** The sentences of the flow checker (packages/core) and of the contract's own rules, by what tells them apart. The catch becomes `{what}`. */
const KNOWN: readonly [pattern: RegExp, text: MessageId][] = [
  [/^there is no node "(?<what>.*)"$/, 'flow.issue.dangling'],
  [/^a circle back to "(?<what>.*)" that never waits/, 'flow.issue.circle'],
  [/^more than (?<what>\d+) nodes follow here/, 'flow.issue.long'],
  [/^nothing gives "(?<what>.*)" a value/, 'flow.issue.variable'],
  [/^"\{\{(?<what>.*)\}\}" is no variable/, 'flow.issue.braces'],
  [/^nothing leads here$/, 'flow.issue.unreachable'],
  [/^"(?<what>.*)" cannot be changed$/, 'flow.issue.reserved'],
  [/^"on_timeout" needs/, 'flow.issue.timeout'],
  [/^Invalid regular expression: (?<what>.*)$/, 'flow.issue.regex'],
  [/^groups that look ahead or behind/, 'flow.issue.regex-group'],
  [/^references to earlier groups/, 'flow.issue.regex-reference'],
  [/^a quantifier inside a quantified group/, 'flow.issue.regex-nested'],
  [/^the pattern is too large/, 'flow.issue.regex-large'],
  [/^at most (?<what>\d+) nodes$/, 'flow.issue.too-many'],
  [/^lower-case letters, digits, - and _, starting with a letter$/, 'flow.issue.node-name'],
  [/^lower-case letters, digits and _, starting with a letter$/, 'flow.issue.variable-name'],
  [/^(?:Valor de discriminação inválido\. Esperava|Invalid discriminator value\. Expected) (?<what>.*)$/, 'flow.issue.type'],
  [/^must not be blank$/, 'flow.issue.blank'],
]

/** A mistake in the person's language; one that we do not know stays as the checker wrote it. */
export function issueText(message: string, t: Translate): string {
  for (const [pattern, text] of KNOWN) {
    const match = pattern.exec(message)
    if (match !== null) return t(text, { what: (match.groups?.['what'] ?? '').replaceAll("' | '", "', '") })
  }
  return message
}
