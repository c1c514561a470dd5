import type { Bot, UnderWay } from '@zaptria/contract'
import type { MessageId } from '../../i18n/messages.ts'

/** How a bot fares, for colour and icon: works, is on its way, waits for a person, limps, is broken, is off. */
export type BotTone = 'ok' | 'busy' | 'wait' | 'warn' | 'bad' | 'off'

export type BotSummary = {
  tone: BotTone
  /** A short sentence: how it stands. */
  title: MessageId
  /** Why, or what to do. */
  advice: MessageId
  /** Facts from the server, for whoever looks. */
  facts?: string
}

type Seen = Pick<Bot, 'desired' | 'state' | 'alive' | 'under_way' | 'last_beat_at' | 'instance' | 'transport'>

/** Somebody wished for it: nothing is wrong. */
const ON_ITS_WAY: Record<UnderWay, BotSummary> = {
  start: { tone: 'busy', title: 'bot.booting', advice: 'bot.booting.advice' },
  restore: { tone: 'busy', title: 'state.restoring', advice: 'reason.restoring' },
}

/** One sentence for how a bot stands, from what should be, what the driver says and what the bot itself says; in that order. */
export function summarize(bot: Seen | null): BotSummary {
  if (bot === null) return { tone: 'off', title: 'bot.none', advice: 'bot.none.advice' }
  const there = bot.instance.state === 'running' || bot.instance.state === 'creating'
  if (bot.desired === 'removed') {
    return there
      ? { tone: 'busy', title: 'bot.removing', advice: 'bot.removing.advice' }
      : { tone: 'off', title: 'bot.removed', advice: 'bot.removed.advice' }
  }
  if (bot.desired === 'stopped') {
    return there
      ? { tone: 'busy', title: 'bot.stopping', advice: 'bot.stopping.advice' }
      : { tone: 'off', title: 'bot.stopped', advice: 'bot.stopped.advice' }
  }
  if (bot.under_way !== null) return (bot.alive ? null : troubleOf(bot)) ?? ON_ITS_WAY[bot.under_way]
  // A foreign bot holds no link: what it posted last is all there is.
  if (!bot.alive && bot.transport === 'link') {
    const trouble = troubleOf(bot)
    if (trouble !== null) return trouble
    return bot.last_beat_at === null || bot.instance.state === 'creating'
      ? ON_ITS_WAY.start
      : { tone: 'warn', title: 'bot.silent', advice: 'bot.silent.advice' }
  }
  // It lives: that it was stopped is what the one before it said last.
  if (bot.transport === 'link' && bot.state.reason === 'stopped') return ON_ITS_WAY.start
  return summarizeState(bot.state)
}

/** It will not come by waiting: the server cannot be asked, refuses to make it, or what it makes ends at once. */
function troubleOf({ instance: { state, detail }, last_beat_at }: Seen): BotSummary | null {
  if (detail === null) return null
  if (state === 'unknown') return { tone: 'warn', title: 'bot.unreachable', advice: 'bot.unreachable.advice', facts: detail }
  const unmade = state === 'absent' || (state === 'exited' && last_beat_at === null)
  return unmade ? { tone: 'bad', title: 'bot.unmade', advice: 'bot.unmade.advice', facts: detail } : null
}

/** As the bot itself says. */
export function summarizeState({ state, reason }: Pick<Bot['state'], 'state' | 'reason'>): BotSummary {
  if (reason === 'restoring') return ON_ITS_WAY.restore
  const advice: MessageId = `reason.${reason}`
  if (reason === 'stopped') return { tone: 'off', title: 'bot.stopped', advice }
  switch (state) {
    case 'connected':
      return { tone: 'ok', title: 'state.connected', advice: 'state.connected.advice' }
    case 'qr_ready':
      return { tone: 'wait', title: 'state.qr_ready', advice }
    case 'starting':
    case 'pairing':
    case 'syncing':
      return { tone: 'busy', title: `state.${state}`, advice }
    case 'reconnecting':
      // One that was just started waits its turn, and lost nothing.
      return { tone: reason === 'waiting_for_grant' ? 'busy' : 'warn', title: 'state.reconnecting', advice }
    case 'passkey_required':
      return { tone: 'wait', title: 'state.passkey_required', advice: 'state.passkey_required.advice' }
    case 'conflict':
      return { tone: 'warn', title: 'state.conflict', advice: 'state.conflict.advice' }
    case 'logged_out':
      return { tone: 'wait', title: 'state.logged_out', advice }
    case 'banned':
      return { tone: 'bad', title: 'state.banned', advice: 'state.banned.advice' }
    case 'failed':
      return { tone: 'bad', title: 'state.failed', advice }
    default:
      return state satisfies never
  }
}
