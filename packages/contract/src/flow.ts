import { z } from 'zod'
import { filled } from './text.ts'

/** A node's name inside its flow: shown to people, so short and readable. */
export const NodeId = z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/, 'lower-case letters, digits, - and _, starting with a letter')
export type NodeId = z.infer<typeof NodeId>

/** A variable's name. `{{name}}` in texts; unknown ones read as ''. `phone`, `push_name` and `answer` are always there. */
export const VariableName = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'lower-case letters, digits and _, starting with a letter')

const Text = filled(4096)

const YEAR_MINUTES = 525_600

/** How long a question waits for its answer (at most a year), and where to then: "remind me in 2 hours". Without `on_timeout` the run ends. */
const timeout = { timeout_minutes: z.int().min(1).max(YEAR_MINUTES).optional(), on_timeout: NodeId.optional() }

/** Says something and goes on. Without `next` the run ends. */
export const TextNode = z.strictObject({ type: z.literal('text'), text: Text, next: NodeId.optional() })

/** A numbered choice: people answer with the number or the label. Anything else gets `invalid_text` and the menu again, `max_invalid` times, then `on_invalid`. */
export const MenuNode = z.strictObject({
  type: z.literal('menu'),
  text: Text,
  options: z
    .array(z.strictObject({ label: filled(200), next: NodeId }))
    .min(1)
    .max(20),
  invalid_text: Text.optional(),
  max_invalid: z.int().min(1).max(10).default(3),
  /** Where to after too many wrong answers; without it the run ends. */
  on_invalid: NodeId.optional(),
  ...timeout,
})

/** Asks, and keeps whatever the contact writes next. */
export const AskNode = z.strictObject({
  type: z.literal('ask'),
  text: Text.optional(),
  save_as: VariableName,
  next: NodeId.optional(),
  ...timeout,
})

export const MatchOperator = z.enum(['equals', 'contains', 'starts_with', 'ends_with', 'regex'])

/** Branches on the last answer or a variable. Comparison ignores case and accents, except `regex` (flags iu, no nested quantifiers). First match wins. */
export const ConditionNode = z.strictObject({
  type: z.literal('condition'),
  variable: VariableName.default('answer'),
  cases: z
    .array(z.strictObject({ operator: MatchOperator, value: filled(500), next: NodeId }))
    .min(1)
    .max(50),
  otherwise: NodeId.optional(),
})

export const SetNode = z.strictObject({
  type: z.literal('set'),
  variable: VariableName,
  /** May hold {{variables}}. */
  value: z.string().max(4096),
  next: NodeId.optional(),
})

/** Lets time pass, at most a year, and goes on by itself. What the contact writes meanwhile leads to `on_answer`; without it, it is only stored. */
export const WaitNode = z.strictObject({
  type: z.literal('wait'),
  minutes: z.int().min(1).max(YEAR_MINUTES),
  next: NodeId,
  on_answer: NodeId.optional(),
})

/** Hands the conversation to a person: the bot falls silent until somebody gives it back or the flow's `resume_after_minutes` have passed. */
export const HandoverNode = z.strictObject({ type: z.literal('handover'), text: Text.optional() })

export const EndNode = z.strictObject({ type: z.literal('end'), text: Text.optional() })

export const FlowNode = z.discriminatedUnion('type', [TextNode, MenuNode, AskNode, ConditionNode, SetNode, WaitNode, HandoverNode, EndNode])
export type FlowNode = z.infer<typeof FlowNode>

/** What begins a run when none is under way: any message, or one that matches. */
export const FlowTrigger = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('any') }),
  z.strictObject({ type: z.literal('keyword'), operator: MatchOperator, values: z.array(filled(200)).min(1).max(50) }),
])

export const MAX_NODES = 500

/** A drawn dialogue, as JSON. */
export const Flow = z.strictObject({
  format: z.literal(1),
  name: filled(200),
  trigger: FlowTrigger,
  start: NodeId,
  nodes: z.record(NodeId, FlowNode).refine((nodes) => Object.keys(nodes).length <= MAX_NODES, `at most ${MAX_NODES} nodes`),
  /** A run that hears nothing for so long, beyond what it waits for by itself, is over; the next message starts anew. */
  expire_after_minutes: z.int().min(1).max(YEAR_MINUTES).default(1440),
  /** A person's silence after which the bot answers again; null = only when given back by hand. */
  resume_after_minutes: z.int().min(1).max(YEAR_MINUTES).nullable().default(null),
  /** A message older than this on arrival starts nothing (rule 5). */
  stale_after_minutes: z.int().min(1).max(10_080).default(30),
  /**
   * People write one thought in several messages: those are joined and answered once, when the contact has been quiet for so long, or three times
   * so long after the first. 0 = each is answered at once.
   */
  debounce_seconds: z.int().min(0).max(60).default(0),
  /**
   * More answers than this to one contact within ten minutes, or the same long words answered three times in a row, are two programs that answer
   * each other: the flow stops there, and a person is called. null = never.
   */
  loop_after_answers: z.int().min(3).max(10_000).nullable().default(50),
})
export type Flow = z.infer<typeof Flow>
/** As people write it: fields with defaults may be left out. */
export type FlowInput = z.input<typeof Flow>

/** A mistake in a flow document: JSON path (`nodes.menu.options.0.next`) and a sentence. */
export type FlowIssue = { path: string; message: string }
