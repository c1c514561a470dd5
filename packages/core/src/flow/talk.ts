import type { Flow } from '@zaptria/contract'
import { runExpiresAt, step } from './step.ts'
import type { FlowEffect, FlowRun } from './step.ts'

/** What happens in a conversation that is tried out: what the bot says, and what nobody would see. */
export type TalkEvent = { kind: 'reply'; text: string } | { kind: 'handover' } | { kind: 'loop' } | { kind: 'over' } | { kind: 'resumed' }

/** A contact who tries a flow, with a clock of its own: days pass at once. Nothing is kept and nothing is sent. */
export class FlowTalk {
  readonly #flow: Flow
  readonly #contact: { phone: string | null; push_name: string | null }
  #nowMs: number
  #run: FlowRun | null = null
  /** A person answers, until then; null = the bot. */
  #personUntilMs: number | null = null

  constructor(flow: Flow, { nowMs, phone = null, name = null }: { nowMs: number; phone?: string | null; name?: string | null }) {
    this.#flow = flow
    this.#nowMs = nowMs
    this.#contact = { phone, push_name: name }
  }

  get nowMs(): number {
    return this.#nowMs
  }
  /** Where the run waits, and for how long at most; null = none is under way. */
  get waiting(): { node: string; dueAtMs: number | null; variables: Readonly<Record<string, string>> } | null {
    return this.#run === null ? null : { node: this.#run.node, dueAtMs: this.#run.due_at_ms ?? null, variables: this.#run.variables }
  }
  /** A person answers: the flow is silent until `giveBack`, or the flow's `resume_after_minutes` have passed. */
  get person(): boolean {
    return this.#personUntilMs !== null
  }

  hear(text: string): TalkEvent[] {
    if (this.person) return []
    const message = { kind: 'message', text, type: 'chat', timestamp_ms: this.#nowMs, now_ms: this.#nowMs, contact: this.#contact } as const
    return this.#after(step(this.#flow, this.#run, message))
  }

  /** Time passes; what the flow does by itself meanwhile happens in its order. */
  wait(ms: number): TalkEvent[] {
    const until = this.#nowMs + ms
    const events: TalkEvent[] = []
    for (let dueAt = this.#dueAt(); dueAt !== null && dueAt <= until; dueAt = this.#dueAt()) {
      this.#nowMs = Math.max(this.#nowMs, dueAt)
      events.push(...this.#after(step(this.#flow, this.#run, { kind: 'due', now_ms: this.#nowMs, contact: this.#contact })))
    }
    if (this.#personUntilMs !== null && this.#personUntilMs <= until) {
      this.#personUntilMs = null
      events.push({ kind: 'resumed' })
    }
    this.#nowMs = until
    if (this.#run !== null && this.#run.due_at_ms === undefined && runExpiresAt(this.#flow, this.#run) <= until) {
      this.#run = null
      events.push({ kind: 'over' })
    }
    return events
  }

  giveBack(): void {
    this.#personUntilMs = null
  }
  restart(): void {
    this.#run = null
    this.#personUntilMs = null
  }

  #dueAt(): number | null {
    return this.person ? null : (this.#run?.due_at_ms ?? null)
  }

  #after({ run, effects }: { run: FlowRun | null; effects: FlowEffect[] }): TalkEvent[] {
    const ended = this.#run !== null && run === null && effects.every(({ kind }) => kind === 'reply')
    this.#run = run
    if (effects.some(({ kind }) => kind !== 'reply')) {
      const minutes = this.#flow.resume_after_minutes
      this.#personUntilMs = minutes === null ? Infinity : this.#nowMs + minutes * 60_000
    }
    return [...effects, ...(ended ? [{ kind: 'over' } as const] : [])]
  }
}
