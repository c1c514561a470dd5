import { FlowTalk } from '@zaptria/core'
import type { TalkEvent } from '@zaptria/core'
import { command } from '../command.ts'
import type { Context } from '../command.ts'
import { printable } from '../table.ts'
import { fileArgument, flowIn } from './document.ts'

export const flowTry = command({
  name: 'flow try',
  summary: 'talk with a flow as a contact would; nothing is sent',
  details: `What you type is what the contact writes. Lines that begin with / are for the trial: /wait 2h lets time pass, /vars shows what the flow remembers,
/back gives the conversation back to the bot after a person took it, /new starts afresh, /quit ends. Lines may be piped in.
Pauses for bursts (debounce_seconds) and the guard against endless talk (loop_after_answers) are left out.`,
  examples: ['zaptria flow try flow.json', 'printf "oi\\n1\\n/wait 2d\\n" | zaptria flow try flow.json'],
  arguments: { file: { ...fileArgument, summary: 'a flow document, JSON' } },
  options: {
    name: { kind: 'value', placeholder: 'NAME', summary: 'what the contact is called (default Ana)', parse: String },
    phone: { kind: 'value', placeholder: 'NUMBER', summary: 'the contact’s number (default 5511987654321)', parse: String },
  },
  run: async ({ file, name = 'Ana', phone = '5511987654321' }, context) => {
    const { flow } = flowIn(file)
    const talk = new FlowTalk(flow, { nowMs: Date.now(), phone, name })
    const told: (TalkEvent | { kind: 'heard'; text: string })[] = []
    const { say, print, json, terminal } = context
    if (terminal.drawn) say(`${flow.name}. Write as a contact would; /quit ends.`)
    const prompt = (): void => (terminal.drawn && !json ? print('> ') : undefined)
    prompt()
    for await (const line of terminal.lines()) {
      if (line.trim() === '/quit') break
      if (!terminal.drawn) say(`> ${line}`)
      if (!line.startsWith('/')) told.push({ kind: 'heard', text: line })
      const events = line.startsWith('/') ? order(talk, line, context) : talk.hear(line)
      told.push(...events)
      for (const event of events) say(textOf(event))
      if (!line.startsWith('/') && events.length === 0) say(silenceOf(talk))
      prompt()
    }
    return { code: 0, data: { talk: told, waiting: talk.waiting } }
  },
})

function silenceOf({ person, waiting }: FlowTalk): string {
  if (person) return '(a person answers; /back gives it back)'
  return waiting === null || waiting.dueAtMs === null ? '(no answer)' : '(the flow waits; /wait lets time pass)'
}

function order(talk: FlowTalk, line: string, { say }: Context): TalkEvent[] {
  const [word = '', ...rest] = line.slice(1).trim().split(/\s+/)
  switch (word) {
    case 'wait': {
      const ms = durationMs(rest.join(''))
      if (ms === null) {
        say('(how long? For example: /wait 90m, /wait 2h, /wait 3d)')
        return []
      }
      return talk.wait(ms)
    }
    case 'vars':
      for (const [name, value] of Object.entries(talk.waiting?.variables ?? {})) say(`  ${name} = ${printable(value)}`)
      if (talk.waiting === null) say('(the flow is not under way)')
      return []
    case 'back':
      talk.giveBack()
      say('(the bot answers again)')
      return []
    case 'new':
      talk.restart()
      say('(from the beginning)')
      return []
    default:
      say('(there are: /wait, /vars, /back, /new, /quit)')
      return []
  }
}

function textOf(event: TalkEvent): string {
  switch (event.kind) {
    case 'reply':
      return event.text.replaceAll(/^(?=.)/gm, '  ')
    case 'handover':
      return '(a person is called, and the bot falls silent; /back gives it back)'
    case 'loop':
      return '(the flow goes round by itself: it is stopped, and a person is called)'
    case 'over':
      return '(the flow is over; the next message starts it anew)'
    case 'resumed':
      return '(nobody answered for as long as the flow says: the bot answers again)'
    default:
      return event satisfies never
  }
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

function durationMs(text: string): number | null {
  const [, digits, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  return digits === undefined ? null : Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS]
}
