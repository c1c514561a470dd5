import type { MessageId } from '../../i18n/messages.ts'
import type { Translate } from '../../i18n/use-t.ts'

/** As Node, OpenSSL and our own posting of webhooks (control-plane/src/due/webhooks/post.ts) say it. The first that is found counts. */
const KNOWN: readonly (readonly [RegExp, MessageId])[] = [
  [/\bgetaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?<host>[^\s;]+)/, 'fault.name'],
  [/\bconnect ECONNREFUSED (?<host>[^\s;]+)/, 'fault.refused'],
  [/\bconnect (?:EHOSTUNREACH|ENETUNREACH) (?<host>[^\s;]+)/, 'fault.unreachable'],
  [/\b(?:ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)\b|\bConnect Timeout Error\b/, 'fault.timeout'],
  [/^no answer within (?<seconds>\d+) s$/, 'fault.no-answer'],
  [/\b(?:ECONNRESET|EPIPE)\b|\bsocket hang up\b|\bother side closed\b|^the connection broke$/, 'fault.broke'],
  [/\bcertificate has expired\b/, 'fault.certificate-expired'],
  [/\bself-signed certificate\b|\bunable to (?:verify the first certificate|get local issuer certificate)\b/, 'fault.certificate-unknown'],
  [/\bdoes not match certificate's altnames\b/, 'fault.certificate-other'],
  [/^answered (?<status>\d{3}): redirects are not followed$/, 'fault.redirect'],
  [/^answered (?<status>\d{3})$/, 'fault.status'],
]

/** What a machine said went wrong, in the person's words; as it was said where we have none. Its texts come later (i18n/texts/read.ts). */
export function faultText(said: string, t: Translate): string {
  for (const [pattern, sentence] of KNOWN) {
    const found = pattern.exec(said)
    if (found !== null) return t(sentence, { ...found.groups })
  }
  return said
}
