import { createInterface } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'
import type { Terminal } from './command.ts'

/** The user's own: questions go to standard error, so that a redirected output holds the result alone. */
export function terminalOf(input: ReadStream, output: WriteStream, questions: WriteStream, signal: AbortSignal): Terminal {
  return {
    drawn: output.isTTY,
    columns: output.columns ?? 80,
    lines: () => createInterface({ input, signal }),
    ask: async (question, { hidden = false } = {}) => {
      if (!input.isTTY) return null
      questions.write(question)
      const answer = await (hidden ? readHidden(input) : readLine(input, signal))
      if (hidden) questions.write('\n')
      return answer
    },
  }
}

async function readLine(input: ReadStream, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input, signal })
  try {
    for await (const line of lines) return line
    return ''
  } finally {
    lines.close()
  }
}

/** Key by key, with the echo off. */
async function readHidden(input: ReadStream): Promise<string> {
  let typed = ''
  input.setRawMode(true)
  try {
    for await (const chunk of input.setEncoding('utf8')) {
      for (const key of String(chunk)) {
        if (key === '\r' || key === '\n' || key === '\u0004') return typed
        if (key === '\u0003') {
          process.kill(process.pid, 'SIGINT')
          return ''
        }
        typed = key === '\u007f' || key === '\b' ? typed.slice(0, -1) : typed + key
      }
    }
    return typed
  } finally {
    input.setRawMode(false)
    input.pause()
  }
}
