import type { Flow, FlowNode } from '@zaptria/contract'
import { matches } from './match.ts'
import { clip, fold, MAX_REPLY, MAX_VARIABLE, menuNumber, render, shorten } from './text.ts'

/** One contact's walk through a flow, while it waits at `node` (a menu, a question, a wait). JSON, kept as a row. */
export type FlowRun = {
  node: string
  variables: Record<string, string>
  /** Wrong answers in a row at this menu. */
  invalid: number
  started_at_ms: number
  /** When it last moved: by an answer, or by itself. */
  heard_at_ms: number
  /** When it goes on by itself: the end of a wait, or of the time for an answer. Without it only the contact moves it. */
  due_at_ms?: number
  /** How often in a row it went on by itself. */
  unheard?: number
}

type FlowContact = { phone: string | null; push_name: string | null }
export type FlowMessage = {
  kind: 'message'
  text: string
  /** whatsapp-web.js's type: `chat`, `image`, … */
  type: string
  /** WhatsApp's own time for it. */
  timestamp_ms: number
  now_ms: number
  contact: FlowContact
}
/** The time that the run waits for has come, if it has. */
export type FlowDue = { kind: 'due'; now_ms: number; contact: FlowContact }
export type FlowStepInput = FlowMessage | FlowDue

/** `loop`: the run goes round by itself, without anybody there; a person has to look. */
export type FlowEffect = { kind: 'reply'; text: string } | { kind: 'handover' } | { kind: 'loop' }
export type FlowStep = { run: FlowRun | null; effects: FlowEffect[] }

/** More nodes than this in one step is a loop. `parseFlow` refuses flows that could get here; a document that skipped it is stopped here. */
export const MAX_NODES_PER_STEP = 100

/** A run that goes on by itself so often without an answer talks to nobody: reminders must not go on for ever. */
export const MAX_UNHEARD = 20

export class FlowLoopError extends Error {
  override name = 'FlowLoopError'
}

const MINUTE_MS = 60_000

/** What WhatsApp reports but nobody wrote. It starts nothing and answers nothing. */
const NOT_WRITTEN = new Set([
  'broadcast_notification',
  'call_log',
  'ciphertext',
  'debug',
  'e2e_notification',
  'gp2',
  'group_notification',
  'notification',
  'notification_template',
  'protocol',
  'reaction',
  'revoked',
])

export const isWritten = (type: string): boolean => !NOT_WRITTEN.has(type)

/** When a waiting run is over: nobody answered, and nothing went on by itself although it was to. */
export const runExpiresAt = (flow: Flow, run: FlowRun): number =>
  Math.max(run.heard_at_ms, run.due_at_ms ?? 0) + flow.expire_after_minutes * MINUTE_MS

/**
 * What a message, or the time, does to a conversation that the bot answers. Pure: what comes back is to be stored (`run`, null = none under
 * way) and done (`effects`, in order).
 * @throws {FlowLoopError} on a flow that `parseFlow` would not have let through
 */
export function step(flow: Flow, run: FlowRun | null, input: FlowStepInput): FlowStep {
  return input.kind === 'due' ? goOn(flow, run, input) : hear(flow, run, input)
}

function hear(flow: Flow, run: FlowRun | null, input: FlowMessage): FlowStep {
  if (!isWritten(input.type)) return { run, effects: [] }
  const waiting = run === null || isOver(flow, run, input) ? null : waitingNode(flow, run.node)
  if (run === null || waiting === null) return begin(flow, input)
  if (waiting.type === 'wait' && waiting.on_answer === undefined) return { run, effects: [] }

  const walk = new Walk(flow, input, { ...run.variables, answer: clip(input.text, MAX_VARIABLE) }, run.started_at_ms)
  if (waiting.type === 'wait') return walk.from(waiting.on_answer)
  if (waiting.type === 'ask') {
    walk.set(waiting.save_as, input.text)
    return walk.from(waiting.next)
  }
  const option = choose(waiting, input.text)
  if (option !== undefined) return walk.from(option.next)
  const invalid = run.invalid + 1
  if (invalid >= waiting.max_invalid) return walk.from(waiting.on_invalid)
  if (waiting.invalid_text !== undefined) walk.say(waiting.invalid_text)
  return walk.waitAt(run.node, invalid)
}

/** One whose time came so long ago that it is over says nothing any more: reminders that come a day late are worse than none. */
function goOn(flow: Flow, run: FlowRun | null, input: FlowDue): FlowStep {
  if (run?.due_at_ms === undefined || run.due_at_ms > input.now_ms) return { run, effects: [] }
  const waiting = input.now_ms > runExpiresAt(flow, run) ? null : waitingNode(flow, run.node)
  if (waiting === null) return { run: null, effects: [] }
  const unheard = (run.unheard ?? 0) + 1
  if (unheard > MAX_UNHEARD) return { run: null, effects: [{ kind: 'loop' }] }
  const walk = new Walk(flow, input, { ...run.variables }, run.started_at_ms, unheard)
  return walk.from(waiting.type === 'wait' ? waiting.next : waiting.on_timeout)
}

type Menu = Extract<FlowNode, { type: 'menu' }>
type Waiting = Extract<FlowNode, { type: 'menu' | 'ask' | 'wait' }>

function begin(flow: Flow, input: FlowMessage): FlowStep {
  if (isStale(flow, input) || !triggers(flow, input.text)) return { run: null, effects: [] }
  return new Walk(flow, input, { answer: clip(input.text, MAX_VARIABLE) }, input.now_ms).from(flow.start)
}

/** Came so late that it starts nothing. */
export const isStale = (flow: Flow, { timestamp_ms, now_ms }: Pick<FlowMessage, 'timestamp_ms' | 'now_ms'>): boolean =>
  now_ms - timestamp_ms > flow.stale_after_minutes * MINUTE_MS

function triggers(flow: Flow, text: string): boolean {
  const { trigger } = flow
  return trigger.type === 'any' || trigger.values.some((value) => matches(trigger.operator, value, text))
}

/** Counted to when the contact wrote, not to when we heard: what was caught up late was still an answer in time. */
function isOver(flow: Flow, run: FlowRun, input: FlowMessage): boolean {
  return Math.min(input.timestamp_ms, input.now_ms) > runExpiresAt(flow, run)
}

/** The node that a run waits at; null when there is no such node any more (the document changed under the run). */
function waitingNode(flow: Flow, id: string): Waiting | null {
  const node = nodeOf(flow, id)
  return node?.type === 'menu' || node?.type === 'ask' || node?.type === 'wait' ? node : null
}

// Node names such as `constructor` are legal, so never read through the prototype.
const nodeOf = (flow: Flow, id: string): FlowNode | undefined => (Object.hasOwn(flow.nodes, id) ? flow.nodes[id] : undefined)

function choose(menu: Menu, answer: string): Menu['options'][number] | undefined {
  const number = menuNumber(answer)
  const byNumber = number === null ? undefined : menu.options[number - 1]
  return byNumber ?? menu.options.find((option) => fold(option.label) === fold(answer))
}

/** One step's way through the nodes, from the first that acts to the one that waits or ends. */
class Walk {
  readonly #flow: Flow
  readonly #input: FlowStepInput
  readonly #variables: Record<string, string>
  readonly #startedAt: number
  readonly #unheard: number
  readonly #effects: FlowEffect[] = []

  constructor(flow: Flow, input: FlowStepInput, variables: Record<string, string>, startedAt: number, unheard = 0) {
    this.#flow = flow
    this.#input = input
    this.#variables = variables
    this.#startedAt = startedAt
    this.#unheard = unheard
  }

  from(start: string | undefined): FlowStep {
    let id = start
    for (let visited = 0; id !== undefined; visited++) {
      if (visited === MAX_NODES_PER_STEP) throw new FlowLoopError(`more than ${MAX_NODES_PER_STEP} nodes in one step, the last at "${id}"`)
      const node = nodeOf(this.#flow, id)
      if (node === undefined) throw new Error(`the flow has no node "${id}"`)
      switch (node.type) {
        case 'text':
          this.say(node.text)
          id = node.next
          break
        case 'menu':
          return this.waitAt(id, 0)
        case 'ask':
          if (node.text !== undefined) this.say(node.text)
          return this.#wait(id, 0, node.timeout_minutes)
        case 'wait':
          return this.#wait(id, 0, node.minutes)
        case 'condition': {
          const value = this.#lookup(node.variable)
          id = node.cases.find((branch) => matches(branch.operator, branch.value, value))?.next ?? node.otherwise
          break
        }
        case 'set':
          this.set(node.variable, this.#render(node.value))
          id = node.next
          break
        case 'handover':
          if (node.text !== undefined) this.say(node.text)
          this.#effects.push({ kind: 'handover' })
          return this.#end()
        case 'end':
          if (node.text !== undefined) this.say(node.text)
          return this.#end()
        default:
          return node satisfies never
      }
    }
    return this.#end()
  }

  /** Shows the menu (again) and waits for an answer. */
  waitAt(menuId: string, invalid: number): FlowStep {
    const menu = nodeOf(this.#flow, menuId)
    if (menu?.type !== 'menu') return this.#wait(menuId, invalid, undefined)
    const options = menu.options.map((option, i) => `${i + 1}. ${option.label}`).join('\n')
    this.say(`${menu.text}\n\n${options}`)
    return this.#wait(menuId, invalid, menu.timeout_minutes)
  }

  /** Nothing but white space is not sent: WhatsApp takes no empty message. */
  say(template: string): void {
    const text = this.#render(template)
    if (text.trim() !== '') this.#effects.push({ kind: 'reply', text: shorten(text, MAX_REPLY) })
  }

  set(name: string, value: string): void {
    this.#variables[name] = clip(value, MAX_VARIABLE)
  }

  #render(template: string): string {
    return render(template, (name) => this.#lookup(name))
  }

  #lookup(name: string): string {
    if (name === 'phone') return this.#input.contact.phone ?? ''
    if (name === 'push_name') return this.#input.contact.push_name ?? ''
    return Object.hasOwn(this.#variables, name) ? (this.#variables[name] ?? '') : ''
  }

  #wait(node: string, invalid: number, minutes: number | undefined): FlowStep {
    const { now_ms } = this.#input
    const run: FlowRun = { node, variables: this.#variables, invalid, started_at_ms: this.#startedAt, heard_at_ms: now_ms }
    if (minutes !== undefined) run.due_at_ms = now_ms + minutes * MINUTE_MS
    if (this.#unheard > 0) run.unheard = this.#unheard
    return { run, effects: this.#effects }
  }

  #end(): FlowStep {
    return { run: null, effects: this.#effects }
  }
}
