import type { Answering } from '@zaptria/contract'
import type { FlowBurst, FlowMessage, FlowPace, FlowRun, FlowStepInput } from '@zaptria/core'
import { addToBurst, addToPace, isStale, isWritten, loopIn, runExpiresAt, step } from '@zaptria/core'
import type { ConversationUpdate, LockedConversation } from '../store/conversations.ts'
import type { FlowAtVersion, RunUpdate } from '../store/flows.ts'
import type { ConversationRef, MessageInsert } from '../store/messages.ts'
import { outgoing } from '../store/messages.ts'
import type { BotRef } from './types.ts'

/** What a flow may say of the contact. */
export type TalkContact = { phone: string | null; pushName: string | null }
export type HeardMessage = TalkContact & { row: MessageInsert; atMs: number; person: boolean }

const MINUTE_MS = 60_000
/** WhatsApp's times are whole seconds: what was heard may be so much newer than it says. */
const SECOND_MS = 1000

/**
 * One locked conversation while a batch of messages, or the time, passes through it, in memory: what it becomes is written afterwards. A flow step that
 * throws leaves nothing behind, because its effects are data that were not taken yet.
 */
export class Talk {
  readonly id: string
  readonly bot: BotRef
  /** Once it is written. */
  readonly version: string
  error: string | undefined
  /** Why the flow stopped here: nobody who listens was answered. */
  loop: string | undefined
  /** Was stuck, and got an answer again. */
  freed = false
  changed = false
  readonly #flows: readonly FlowAtVersion[]
  readonly #nowMs: number
  readonly #update: ConversationUpdate & { answering: Answering }
  #run: FlowRun | null
  #burst: FlowBurst | null
  #versionId: string | null
  #runChanged = false

  constructor(row: LockedConversation, flows: readonly FlowAtVersion[], nowMs: number) {
    this.id = row.id
    this.bot = { id: row.bot_id, tenantId: row.tenant_id }
    this.version = String(BigInt(row.version) + 1n)
    this.#flows = flows.filter((flow) => flow.tenantId === row.tenant_id)
    this.#nowMs = nowMs
    this.#run = row.run
    this.#burst = row.burst
    this.#versionId = row.flow_version_id
    this.#update = {
      id: row.id,
      chat_id: row.chat_id,
      alias_chat_id: row.alias_chat_id,
      answering: row.answering,
      answering_since_ms: row.answering_since.getTime(),
      bot_resumes_at_ms: row.bot_resumes_at?.getTime() ?? null,
      stuck: row.stuck,
      pace: row.pace as FlowPace | null,
      unread: row.unread,
      last_body: row.last_body,
      last_from_me: row.last_from_me,
      last_type: row.last_type,
      last_at_ms: row.last_at?.getTime() ?? null,
    }
  }

  /** The chat's name as WhatsApp used it last is where answers go; the other one is kept for looking keys up. */
  seenAs(chatId: string, alias: string | null): void {
    const other = alias ?? (this.#update.chat_id === chatId ? this.#update.alias_chat_id : this.#update.chat_id)
    if (this.#update.chat_id === chatId && this.#update.alias_chat_id === other) return
    this.#update.chat_id = chatId
    this.#update.alias_chat_id = other
    this.changed = true
  }

  /** A message that was not stored before. Answers with all that is to be stored, in order: what was overdue, the message, the flow's replies. */
  hear(message: HeardMessage): MessageInsert[] {
    this.changed = true
    const overdue = message.row.from_me ? [] : this.#goOn(message, Math.min(message.atMs + SECOND_MS, this.#nowMs))
    this.#show(message.row)
    if (message.row.from_me) {
      this.#ownerAnswered(message.atMs)
      return [message.row]
    }
    this.#update.unread += 1
    return [...overdue, message.row, ...(message.person ? this.#flowAnswers(message) : [])]
  }

  /** The row said that the time has come. Answers with the flow's messages. Whatever comes of it, when the run is due next is written anew. */
  wake(contact: TalkContact): MessageInsert[] {
    this.#runChanged = true
    return this.#goOn(contact, this.#nowMs)
  }

  toUpdate(): ConversationUpdate {
    return this.#update
  }

  runUpdate(): RunUpdate | null {
    if (!this.#runChanged) return null
    const flow = this.#flows.find((one) => one.id === this.#versionId)?.flow
    // What was written before the run's time came is answered first.
    const due_at_ms = this.#burst?.due_at_ms ?? this.#run?.due_at_ms ?? null
    return {
      conversation_id: this.id,
      tenant_id: this.bot.tenantId,
      flow_version_id: this.#versionId ?? this.#active?.id ?? null,
      run: this.#run,
      burst: this.#burst,
      due_at_ms,
      expires_at_ms: flow === undefined || this.#run === null ? due_at_ms : runExpiresAt(flow, this.#run),
    }
  }

  get #ref(): ConversationRef {
    return { id: this.id, tenant_id: this.bot.tenantId, bot_id: this.bot.id }
  }

  get #active(): FlowAtVersion | undefined {
    return this.#flows.find((one) => one.active)
  }

  #show(row: MessageInsert): void {
    if (this.#update.last_at_ms !== null && row.wa_at_ms < this.#update.last_at_ms) return
    this.#update.last_body = row.body
    this.#update.last_from_me = row.from_me
    this.#update.last_type = row.type
    this.#update.last_at_ms = row.wa_at_ms
  }

  /** A person answered on the phone: the bot falls silent, unless somebody gave the conversation back after that. */
  #ownerAnswered(atMs: number): void {
    this.#update.unread = 0
    if (this.#update.answering === 'bot' && atMs + SECOND_MS < this.#update.answering_since_ms) return
    const resumes = this.#resumesAt(atMs)
    this.#endRun()
    if (resumes === null || resumes > this.#nowMs) this.#handOver(atMs, resumes)
  }

  #flowAnswers({ row, atMs, phone, pushName }: HeardMessage): MessageInsert[] {
    const flow = this.#flowToRun(this.#burst?.timestamp_ms ?? atMs)
    if (flow === undefined) return []
    const contact = { phone, push_name: pushName }
    const message: FlowMessage = { kind: 'message', text: row.body, type: row.type, timestamp_ms: atMs, now_ms: this.#nowMs, contact }
    if (!this.#joinsBurst(flow, message)) return this.#step(flow, message)
    this.#burst = addToBurst(flow.flow, this.#burst, message)
    this.#runChanged = true
    return []
  }

  /** What would do nothing by itself begins no burst either: it must not make those after it late. */
  #joinsBurst({ flow }: FlowAtVersion, message: FlowMessage): boolean {
    if (flow.debounce_seconds === 0 || !isWritten(message.type)) return false
    return this.#burst !== null || this.#run !== null || !isStale(flow, message)
  }

  /** What was to happen by itself until `untilMs` comes before what was heard then, whoever was faster: the clock or the news. */
  #goOn(contact: TalkContact, untilMs: number): MessageInsert[] {
    return [...this.#answerBurst(contact), ...this.#goOnWithRun(contact, untilMs)]
  }

  #answerBurst({ phone, pushName }: TalkContact): MessageInsert[] {
    const burst = this.#burst
    if (burst === null || burst.due_at_ms > this.#nowMs) return []
    this.#burst = null
    this.#runChanged = true
    const flow = this.#flowToRun(burst.timestamp_ms)
    if (flow === undefined) return []
    const { text, type, timestamp_ms } = burst
    const contact = { phone, push_name: pushName }
    return this.#step(flow, { kind: 'message', text, type, timestamp_ms, now_ms: this.#nowMs, contact })
  }

  #goOnWithRun({ phone, pushName }: TalkContact, untilMs: number): MessageInsert[] {
    if (this.#burst !== null || this.#run?.due_at_ms === undefined || this.#run.due_at_ms > untilMs) return []
    const flow = this.#flowToRun(untilMs)
    return flow === undefined ? [] : this.#step(flow, { kind: 'due', now_ms: this.#nowMs, contact: { phone, push_name: pushName } })
  }

  #step(flow: FlowAtVersion, input: FlowStepInput): MessageInsert[] {
    try {
      const { run, effects } = step(flow.flow, this.#run, input)
      if (input.kind === 'message' && effects.length > 0 && this.#isLoop(flow, input)) return []
      this.#setRun(run, run === null ? null : flow.id)
      if (this.#update.stuck) this.freed = true
      if (this.#update.stuck || effects.length > 0) this.changed = true
      this.#update.stuck = false
      const replies: MessageInsert[] = []
      for (const effect of effects) {
        if (effect.kind === 'reply')
          replies.push(outgoing({ conversation: this.#ref, author: 'flow', body: effect.text, nowMs: this.#nowMs }))
        else this.#handOver(this.#nowMs, this.#resumesAt(this.#nowMs))
        if (effect.kind === 'loop') this.loop = 'it went on by itself too often without an answer'
      }
      for (const reply of replies) this.#show(reply)
      return replies
    } catch (error) {
      this.changed = true
      this.#update.stuck = true
      this.error = error instanceof Error ? error.message : String(error)
      // It would be due again at once, and fail again.
      if (input.kind === 'due') this.#endRun()
      return []
    }
  }

  #isLoop({ flow }: FlowAtVersion, message: FlowMessage): boolean {
    this.#update.pace = addToPace(this.#update.pace, message)
    const loop = loopIn(flow, this.#update.pace)
    if (loop === null) return false
    this.changed = true
    this.loop = loop
    this.#update.pace = null
    this.#handOver(this.#nowMs, this.#resumesAt(this.#nowMs))
    return true
  }

  /** The version that the run began with while it lasts, then the active one. Without an active flow, or while a person answers, nothing runs. */
  #flowToRun(atMs: number): FlowAtVersion | undefined {
    const active = this.#botAnswers() ? this.#active : undefined
    if (active === undefined) this.#endRun()
    if (active === undefined || this.#run === null) return active
    const begun = this.#flows.find((one) => one.id === this.#versionId)
    if (begun !== undefined && Math.min(atMs, this.#nowMs) <= runExpiresAt(begun.flow, this.#run)) return begun
    this.#setRun(null, null)
    return active
  }

  #botAnswers(): boolean {
    if (this.#update.answering === 'bot') return true
    const resumes = this.#update.bot_resumes_at_ms
    if (resumes === null || resumes > this.#nowMs) return false
    this.#update.answering = 'bot'
    this.#update.answering_since_ms = this.#nowMs
    this.#update.bot_resumes_at_ms = null
    return true
  }

  #handOver(sinceMs: number, resumesAtMs: number | null): void {
    if (this.#update.answering !== 'person') this.#update.answering_since_ms = sinceMs
    this.#update.answering = 'person'
    this.#update.bot_resumes_at_ms = resumesAtMs
    this.#endRun()
  }

  #resumesAt(fromMs: number): number | null {
    const minutes = this.#active?.flow.resume_after_minutes ?? null
    return minutes === null ? null : fromMs + minutes * MINUTE_MS
  }

  #endRun(): void {
    if (this.#burst !== null) this.#runChanged = true
    this.#burst = null
    this.#setRun(null, null)
  }

  #setRun(run: FlowRun | null, versionId: string | null): void {
    if (run === null && this.#run === null) return
    this.#run = run
    this.#versionId = versionId
    this.#runChanged = true
  }
}
