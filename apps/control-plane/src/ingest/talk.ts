import type { Answering } from '@zaptria/contract'
import type { FlowRun } from '@zaptria/core'
import { runExpiresAt, step } from '@zaptria/core'
import type { ConversationUpdate, LockedConversation } from '../store/conversations.ts'
import type { FlowAtVersion, RunUpdate } from '../store/flows.ts'
import type { MessageInsert } from '../store/messages.ts'
import { outgoing } from '../store/messages.ts'

export type HeardMessage = { row: MessageInsert; atMs: number; person: boolean; phone: string | null; pushName: string | null }

const MINUTE_MS = 60_000

/**
 * One locked conversation while a batch of messages passes through it, in memory: what it becomes is written afterwards. A flow step that
 * throws leaves nothing behind, because its effects are data that were not taken yet.
 */
export class Talk {
  readonly id: string
  error: string | undefined
  /** Was stuck, and got an answer again. */
  freed = false
  changed = false
  readonly #flows: readonly FlowAtVersion[]
  readonly #nowMs: number
  readonly #update: ConversationUpdate & { answering: Answering }
  #run: FlowRun | null
  #versionId: string | null
  #runChanged = false

  constructor(row: LockedConversation, flows: readonly FlowAtVersion[], nowMs: number) {
    this.id = row.id
    this.#flows = flows
    this.#nowMs = nowMs
    this.#run = row.run
    this.#versionId = row.flow_version_id
    this.#update = {
      id: row.id,
      chat_id: row.chat_id,
      alias_chat_id: row.alias_chat_id,
      answering: row.answering,
      answering_since_ms: row.answering_since.getTime(),
      bot_resumes_at_ms: row.bot_resumes_at?.getTime() ?? null,
      stuck: row.stuck,
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

  /** A message that was not stored before. Answers with the flow's replies to it. */
  hear(message: HeardMessage): MessageInsert[] {
    this.changed = true
    this.#show(message.row)
    if (message.row.from_me) {
      this.#ownerAnswered(message.atMs)
      return []
    }
    this.#update.unread += 1
    return message.person ? this.#flowAnswers(message) : []
  }

  toUpdate(): ConversationUpdate {
    return this.#update
  }

  runUpdate(): RunUpdate | null {
    if (!this.#runChanged) return null
    const flow = this.#flows.find((one) => one.id === this.#versionId)?.flow
    const due_at_ms = flow === undefined || this.#run === null ? null : runExpiresAt(flow, this.#run)
    return { conversation_id: this.id, flow_version_id: this.#versionId, run: this.#run, due_at_ms }
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
    // WhatsApp's times are whole seconds.
    if (this.#update.answering === 'bot' && atMs + 1000 < this.#update.answering_since_ms) return
    const resumes = this.#resumesAt(atMs)
    this.#endRun()
    if (resumes === null || resumes > this.#nowMs) this.#handOver(atMs, resumes)
  }

  #flowAnswers({ row, atMs, phone, pushName }: HeardMessage): MessageInsert[] {
    if (!this.#botAnswers()) return []
    const flow = this.#flowToRun(atMs)
    if (flow === undefined) {
      this.#endRun()
      return []
    }
    try {
      const { run, effects } = step(flow.flow, this.#run, {
        kind: 'message',
        text: row.body,
        type: row.type,
        timestamp_ms: atMs,
        now_ms: this.#nowMs,
        contact: { phone, push_name: pushName },
      })
      this.#setRun(run, run === null ? null : flow.id)
      if (this.#update.stuck) this.freed = true
      this.#update.stuck = false
      const replies: MessageInsert[] = []
      for (const effect of effects) {
        if (effect.kind === 'handover') this.#handOver(this.#nowMs, this.#resumesAt(this.#nowMs))
        else replies.push(outgoing({ conversationId: this.id, author: 'flow', body: effect.text, nowMs: this.#nowMs }))
      }
      for (const reply of replies) this.#show(reply)
      return replies
    } catch (error) {
      this.#update.stuck = true
      this.error = error instanceof Error ? error.message : String(error)
      return []
    }
  }

  /** The version that the run began with while it lasts, then the active one. Without an active flow nothing runs. */
  #flowToRun(atMs: number): FlowAtVersion | undefined {
    const active = this.#active
    if (active === undefined || this.#run === null) return active
    const begun = this.#flows.find((one) => one.id === this.#versionId)
    if (begun !== undefined && Math.min(atMs, this.#nowMs) <= runExpiresAt(begun.flow, this.#run)) return begun
    this.#endRun()
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
    if (this.#run !== null) this.#setRun(null, null)
  }

  #setRun(run: FlowRun | null, versionId: string | null): void {
    if (run === null && this.#run === null) return
    this.#run = run
    this.#versionId = versionId
    this.#runChanged = true
  }
}
