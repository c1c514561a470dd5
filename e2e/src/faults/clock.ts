/**
 * Preloaded into a program (`--import clock.ts?file=…`): its wall clock is off by as many milliseconds as the file says, as after somebody set it.
 * What it measures time with (timers, `performance`) goes on as it did, as in a machine.
 */
import { readFileSync } from 'node:fs'

const file = new URL(import.meta.url).searchParams.get('file')
if (file === null) throw new Error('clock.ts needs ?file=')

let offsetMs = 0
setInterval(() => {
  try {
    offsetMs = Number(readFileSync(file, 'utf8'))
  } catch {
    offsetMs = 0
  }
}, 100).unref()

const RealDate = Date
const now = (): number => RealDate.now() + offsetMs
globalThis.Date = new Proxy(RealDate, {
  get: (target, key, receiver) => (key === 'now' ? now : (Reflect.get(target, key, receiver) as unknown)),
  construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made) as object,
})
