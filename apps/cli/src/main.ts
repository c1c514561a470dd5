#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

if (import.meta.main) {
  enableCompileCache()
  // After that, so that what they are made of is kept too.
  const [{ SECTIONS }, { run }, { terminalOf }] = await Promise.all([import('./commands.ts'), import('./run.ts'), import('./terminal.ts')])
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(new Error(`Stopped by ${signal}.`)))
  // A reader that went away (| head) is no fault of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  process.exitCode = await run(SECTIONS, process.argv.slice(2), {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    signal: stop.signal,
    terminal: terminalOf(process.stdin, process.stdout, process.stderr, stop.signal),
  })
}
