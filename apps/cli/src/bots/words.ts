import type { Bot } from '@zaptria/contract'

/** How a bot is, in a word or two: what it is, or, when it is not as wanted, why. */
export function stateOf({ desired, state: { state }, alive, transport }: Bot): string {
  if (desired !== 'running') return desired
  return alive || transport === 'http' ? state : `${state} (silent)`
}

export const botLines = (bot: Bot): [string, string | null][] => {
  const { state, detail, reason, at } = bot.state
  return [
    ['Bot', stateOf(bot)],
    ['Says', `${state}: ${reason}${detail === null ? '' : ` (${detail})`}, since ${at}`],
    ['Number', bot.number === null ? null : `+${bot.number}${bot.name === null ? '' : ` (${bot.name})`}`],
    ['Wanted', bot.desired],
    [
      'Runs as',
      bot.transport === 'http' ? `a bot of yours at ${bot.public_url}` : `${bot.container_name} on ${bot.server}: ${bot.instance.state}`,
    ],
    ['Last heard', bot.last_beat_at],
    ['Engine', bot.page_version === null ? bot.engine : `${bot.engine}, WhatsApp Web ${bot.page_version}`],
  ]
}
