import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage'
import {
  AlertKind,
  BotState,
  ChangeKind,
  ERRORS,
  FailureReason,
  FieldFault,
  FlowNode,
  MatchOperator,
  MediaFailure,
  MediaState,
  InstanceState,
  MessageAuthor,
  MessageStatus,
  SnapshotCause,
  SnapshotState,
  StateReason,
  Subscription,
  TimelineAction,
  WebhookDeliveryStatus,
  WebhookEventType,
} from '@zaptria/contract'
import { GIVEN_VARIABLES } from '@zaptria/core'
import { describe, expect, it } from 'vitest'
import { fieldNames } from '../features/flow/editor/schema.ts'
import { FILTERS, ORDERS } from '../features/overview/standing.ts'
import { MESSAGES } from './messages.ts'
import { LATER } from './texts/read.ts'

const SRC = join(import.meta.dirname, '..')
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
  (file) =>
    /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file) && !file.startsWith(join('i18n', 'messages')) && !file.startsWith('testing'),
)
const sources = files.map((file) => readFileSync(join(SRC, file), 'utf8')).join('\n')

const outgoing = MessageStatus.options.filter((status) => status !== 'received')
/** What stands in the templates that make an id: `t(`reason.${…}`)`. A template that is not here fails the test. */
const TEMPLATES: Record<string, readonly string[]> = {
  'alert.${}': AlertKind.options,
  'alert.${}.do': AlertKind.options,
  'asked.${}': TimelineAction.options,
  'author.${}': MessageAuthor.options.filter((author) => author !== 'contact'),
  'change.${}.failed': ChangeKind.options,
  'change.${}.pending': ChangeKind.options,
  'change.why.${}': FailureReason.options,
  'connect.step.${}': ['prepare', 'scan', 'link', 'sync', 'connected'],
  'conversations.none.${}': ['unread', 'person'],
  'conversations.show.${}': ['all', 'unread', 'person'],
  'deed.${}': ['start', 'stop', 'restart', 'pair', 'logout', 'remove'],
  'deed.${}.text': ['stop', 'restart', 'pair', 'logout', 'remove'],
  'deed.${}.title': ['stop', 'restart', 'pair', 'logout', 'remove'],
  'error.${}': Object.keys(ERRORS),
  'error.${}.hint': Object.keys(ERRORS),
  'error.field.${}': FieldFault.options,
  'failure.${}': FailureReason.options,
  'file.${}': MediaState.options.filter((state) => state !== 'stored'),
  'file.failure.${}': MediaFailure.options,
  'flow.field.${}': fieldNames(),
  'flow.kind.${}': FlowNode.options.map((node) => node.shape.type.value),
  'flow.match.${}': MatchOperator.options,
  'flow.variable.${}': GIVEN_VARIABLES,
  'flow.try.${}': ['handover', 'loop', 'over', 'resumed'],
  'instance.${}': InstanceState.options,
  'overview.count.${}': FILTERS,
  'overview.order.${}': ORDERS,
  'palette.${}.title': ['restart', 'stop'],
  'reason.${}': StateReason.options,
  'snapshots.cause.${}': SnapshotCause.options,
  'snapshots.state.${}': SnapshotState.options,
  'state.${}': BotState.options,
  'status.${}': outgoing,
  'status.${}.why': ['failed', 'expired', 'unknown'],
  'subscription.${}': Subscription.options,
  'subscription.hint.${}': Subscription.options,
  'theme.${}': ['system', 'light', 'dark'],
  'webhook-delivery.${}': WebhookDeliveryStatus.options,
  'webhook-event.${}': WebhookEventType.options,
  'webhook-off.${}': ['gone', 'failing'],
}

const templates = [...sources.matchAll(/`([a-z-]+(?:\.[a-z-]+)*\.\$\{[^}]+\}(?:\.[a-z-]+)*)`/g)]
  .map((match) => (match[1] ?? '').replace(/\$\{[^}]+\}/, '${}'))
  .filter((template) => !template.startsWith('zaptria.'))
const used = new Set([
  ...[...sources.matchAll(/'([a-z-]+(?:\.[a-z0-9_-]+)+)'/g)].map((match) => match[1] ?? ''),
  ...[...new Set(templates)].flatMap((template) => (TEMPLATES[template] ?? []).map((value) => template.replace('${}', value))),
])
const texts = Object.entries(MESSAGES)

function placeholders(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)/g)].map((match) => match[1] ?? ''))]
    .toSorted()
    .filter((name) => !/^(?:one|other|#)$/.test(name))
}

describe('messages', () => {
  it.each(texts)('%s is there in Portuguese and in English, with the same values', (_, [pt, en]) => {
    expect(pt.trim()).not.toBe('')
    expect(en.trim()).not.toBe('')
    expect(placeholders(en).filter((name) => name !== 'count')).toEqual(placeholders(pt).filter((name) => name !== 'count'))
    expect(() => [compileMessageOrThrow(pt), compileMessageOrThrow(en)]).not.toThrow()
  })

  it('are all used by some page', () => {
    expect(texts.map(([id]) => id).filter((id) => !used.has(id))).toEqual([])
  })

  it('that come later are said on pages alone that fetch them', () => {
    const ofAlerts = ['alerts/detail-text.ts', 'alerts/fault.ts']
    const ofDetails = ['snapshots', 'webhooks', 'bot/facts.tsx', 'bot/bot-log.tsx', 'bot/timeline.tsx']
    const ofSettings = ['api-keys', 'session/password-card.tsx']
    const ofChats = ['conversations', 'quick-replies']
    const pages = ['flow', 'api-reference', 'design', ...ofAlerts, ...ofDetails, ...ofSettings, ...ofChats].map((page) =>
      join('features', page),
    )
    const everywhere = ['contact', 'conversations', 'deliver', 'drafts', 'pending', 'unsent'].map((name) =>
      join('features', 'conversations', `${name}.ts`),
    )
    expect(everywhere.filter((file) => !files.includes(file))).toEqual([])
    const early = files
      .filter((file) => everywhere.includes(file) || !pages.some((page) => file.startsWith(page)))
      .map((file) => readFileSync(join(SRC, file), 'utf8'))
    const said = early.flatMap((source) => [...source.matchAll(/['`]([a-z-]+\.[a-z$])/g)].map((match) => match[1] ?? ''))
    expect(said.length).toBeGreaterThan(100)
    expect(said.filter((id) => LATER.test(id))).toEqual([])
  })

  it('are all there that a template can ask for', () => {
    expect(templates.filter((template) => TEMPLATES[template] === undefined)).toEqual([])
    expect(templates.length).toBeGreaterThan(10)
    const asked = [...new Set(templates)].flatMap((template) => (TEMPLATES[template] ?? []).map((value) => template.replace('${}', value)))
    expect(asked.filter((id) => !Object.hasOwn(MESSAGES, id))).toEqual([])
  })

  it('are in one language each: no text is written into a page', () => {
    // Text between tags with a letter in it, that is no expression. Names of products are the same in every language.
    const alone = sources.matchAll(/^\s*([\p{L}][\p{L} ,.!?…'’-]{2,})\s*$/gmu)
    const between = sources.matchAll(/[\w"'}]>([\p{L}][^<>{}()\n;=]*\p{L})<\//gu)
    const written = [...alone, ...between].map((match) => match[1]?.trim())
    const code = /^\w+,$|^(?:import|export|return|const|let|else|try|case|default|break|continue|throw|type|null|undefined|true|false)\b/
    expect(written.filter((text) => text !== undefined && !code.test(text) && / |^[A-Z]/.test(text) && text !== 'Zaptria')).toEqual([])
  })

  it.each([0, 1] as const)('name what is to be touched on the phone as its picture does: %i', (language) => {
    const menu = MESSAGES['picture.linked-devices'][language]
    for (const id of ['scan.step.menu.android', 'scan.step.menu.iphone', 'reason.logout_by_phone', 'alert.number_shared.do'] as const)
      expect(MESSAGES[id][language]).toContain(menu)
    expect(MESSAGES['scan.step.link'][language]).toContain(MESSAGES['picture.link-a-device'][language])
  })

  it('say "robô" in Portuguese, but for the name of a header', () => {
    expect(texts.filter(([, [pt]]) => /(?<![-\p{L}])bots?(?!\p{L})/iu.test(pt))).toEqual([])
  })

  it('never say "unknown error"', () => {
    expect(texts.filter(([, pair]) => /erro desconhecido|unknown error/i.test(pair.join(' ')))).toEqual([])
  })
})
