import { backupProgram } from './program.ts'

/** What the `zaptria backup` commands run: a program of its own, since the control plane need not run, and takes longer to load. */
if (import.meta.main) {
  const ending = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ending.abort(new Error(`Stopped by ${signal}.`)))
  process.exitCode = await backupProgram(process.env, ending.signal)
}
