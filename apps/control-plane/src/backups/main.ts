import { backupProgram } from './program.ts'

/** So long a stop waits for what is under way. Whatever that is, it is nothing then: a backup without its manifest, a transaction without its end. */
const STOP_MS = 5_000

/** What the `zaptria backup` commands run: a program of its own, since the control plane need not run, and takes longer to load. */
if (import.meta.main) {
  const ending = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => {
      ending.abort(new Error(`Stopped by ${signal}.`))
      setTimeout(() => process.exit(1), STOP_MS).unref()
    })
  process.exitCode = await backupProgram(process.env, ending.signal)
}
