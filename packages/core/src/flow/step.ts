import type { Flow, FlowNode } from '@zaptria/contract'
import { matches } from './match.ts'
import { clip, fold, MAX_REPLY, MAX_VARIABLE, menuNumber, render } from './text.ts'

/** One contact's walk through a flow, while it waits at `node` (a menu or a question). JSON, kept as a row. */
export type FlowRun = {
  node: string
  variables: Record<string, string>
  /** Wrong answers in a row at this menu. */
  invalid: number
  started_at_ms: number
  heard_at_ms: number
}

export type FlowStepInput = {
  kind: 'message'
  text: string
  /** whatsapp-web.js's type: `chat`, `image`, … */
  type: string
  /** WhatsApp's own time for it. */
  timestamp_ms: number
  now_ms: number
  contact: { phone: string | null; push_name: string | null }
}

export type FlowEffect = { kind: 'reply'; text: string } | { kind: 'handover' }
export type FlowStep = { run: FlowRun | null; effects: FlowEffect[] }

/** More nodes than this in one step is a loop. `parseFlow` refuses flows that could get here; a document that skipped it is stopped here. */
export const MAX_NODES_PER_STEP = 100

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

/** When a waiting run is over by itself: for the row's due time. */
export const runExpiresAt = (flow: Flow, run: FlowRun): number => run.heard_at_ms + flow.expire_after_minutes * MINUTE_MS

/**
 * What a message does to a conversation that the bot answers. Pure: what comes back is to be stored (`run`, null = none under way) and done
 * (`effects`, in order).
 * @throws {FlowLoopError} on a flow that `parseFlow` would not have let through
 */
export function step(flow: Flow, run: FlowRun | null, input: FlowStepInput): FlowStep {
  if (NOT_WRITTEN.has(input.type)) return { run, effects: [] }
  const waiting = run === null || isOver(flow, run, input) ? null : waitingNode(flow, run.node)
  if (run === null || waiting === null) return begin(flow, input)

  const walk = new Walk(flow, input, { ...run.variables, answer: clip(input.text, MAX_VARIABLE) }, run.started_at_ms)
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

type Menu = Extract<FlowNode, { type: 'menu' }>
type Ask = Extract<FlowNode, { type: 'ask' }>

function begin(flow: Flow, input: FlowStepInput): FlowStep {
  const stale = input.now_ms - input.timestamp_ms > flow.stale_after_minutes * MINUTE_MS
  if (stale || !triggers(flow, input.text)) return { run: null, effects: [] }
  return new Walk(flow, input, { answer: clip(input.text, MAX_VARIABLE) }, input.now_ms).from(flow.start)
}

function triggers(flow: Flow, text: string): boolean {
  const { trigger } = flow
  return trigger.type === 'any' || trigger.values.some((value) => matches(trigger.operator, value, text))
}

/** Counted to when the contact wrote, not to when we heard: what was caught up late was still an answer in time. */
function isOver(flow: Flow, run: FlowRun, input: FlowStepInput): boolean {
  return Math.min(input.timestamp_ms, input.now_ms) > runExpiresAt(flow, run)
}

/** The node that a run waits at; null when there is no such node any more (the document changed under the run). */
function waitingNode(flow: Flow, id: string): Menu | Ask | null {
  const node = nodeOf(flow, id)
  return node?.type === 'menu' || node?.type === 'ask' ? node : null
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
  readonly #effects: FlowEffect[] = []

  constructor(flow: Flow, input: FlowStepInput, variables: Record<string, string>, startedAt: number) {
    this.#flow = flow
    this.#input = input
    this.#variables = variables
    this.#startedAt = startedAt
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
          return this.#wait(id, 0)
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
    if (menu?.type === 'menu') {
      const options = menu.options.map((option, i) => `${i + 1}. ${option.label}`).join('\n')
      this.say(`${menu.text}\n\n${options}`)
    }
    return this.#wait(menuId, invalid)
  }

  /** Nothing but white space is not sent: WhatsApp takes no empty message. */
  say(template: string): void {
    const text = this.#render(template)
    if (text.trim() !== '') this.#effects.push({ kind: 'reply', text: clip(text, MAX_REPLY) })
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

  #wait(node: string, invalid: number): FlowStep {
    const run = { node, variables: this.#variables, invalid, started_at_ms: this.#startedAt, heard_at_ms: this.#input.now_ms }
    return { run, effects: this.#effects }
  }

  #end(): FlowStep {
    return { run: null, effects: this.#effects }
  }
}
