import { readArguments, runProgram, UsageError, whole } from '../../../scripts/usage.ts'
import { FAULTS } from './faults.ts'
import { reportForeign, runForeign } from './foreign.ts'
import { reportRestores, runRestores } from './restores.ts'
import { report, run } from './run.ts'

const USAGE = `npm run soak [-- --seed N] [--seeds N] [--messages N] [--per-second N] [--simulated N] [--real N] [--replicas N] [--only part] [--log file]
npm run soak -- --foreign [--minutes N] [--seed N] [--seeds N] [--per-second N]
npm run soak -- --restores [--rounds N] [--seed N] [--seeds N] [--per-second N]
    Hurts a whole system of its own under traffic, seed after seed, and balances what came in and went out: at least so many messages, and until each
    fault was there. The same seed makes the same choices.
    --log takes what the control planes say, PostgreSQL in FILE.postgres, and, when something is found, the bots in FILE.bots.
    With --foreign it is one bot behind a dashboard of somebody else's that is slow, wrong or away, and the bot is killed.
    With --restores it is one real bot whose volume goes again and again, after a snapshot of some moment, and whose session has to come back.`

await runProgram(USAGE, async () => {
  const { values } = readArguments({
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string', default: '1' },
      messages: { type: 'string', default: '600' },
      'per-second': { type: 'string', default: '8' },
      simulated: { type: 'string', default: '3' },
      real: { type: 'string', default: '1' },
      replicas: { type: 'string', default: '2' },
      only: { type: 'string' },
      foreign: { type: 'boolean', default: false },
      minutes: { type: 'string', default: '5' },
      restores: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '20' },
      log: { type: 'string' },
    },
  })

  const first = values.seed === undefined ? Math.floor(Math.random() * 1e9) : whole(values.seed, '--seed', 0)
  const [seeds, real, simulated] = [
    whole(values.seeds, '--seeds'),
    whole(values.real, '--real', 0),
    whole(values.simulated, '--simulated', 0),
  ]
  if (real + simulated === 0) throw new UsageError('--real and --simulated: there has to be a bot')
  const progress = (line: string) => void process.stderr.write(`${line}\n`)
  const perSecond = whole(values['per-second'], '--per-second')
  const one = values.foreign
    ? async (seed: number) => {
        const outcome = await runForeign({ seed, seconds: 60 * whole(values.minutes, '--minutes'), perSecond, progress })
        return { text: reportForeign(outcome), faults: outcome.faults.length }
      }
    : async (seed: number) => {
        const outcome = await runRestores({ seed, rounds: whole(values.rounds, '--rounds'), perSecond, progress })
        return { text: reportRestores(outcome), faults: outcome.faults.length }
      }
  if (values.foreign || values.restores) {
    let wrong = 0
    for (let seed = first; seed < first + seeds; seed++) {
      const { text, faults } = await one(seed)
      console.log(text)
      wrong += faults
    }
    process.exitCode = wrong === 0 ? 0 : 1
    return
  }
  const only = values.only ?? ''
  if (!FAULTS.some(({ name }) => name.includes(only)))
    throw new UsageError(`--only: no fault holds ${JSON.stringify(only)}. There are: ${FAULTS.map(({ name }) => name).join(', ')}.`)
  const options = {
    messages: whole(values.messages, '--messages'),
    perSecond,
    pauseMs: 1_500,
    replicas: whole(values.replicas, '--replicas'),
    simulated,
    real,
    contacts: 4,
    only,
    log: values.log,
    progress,
  }
  let faults = 0
  for (let seed = first; seed < first + seeds; seed++) {
    const outcome = await run({ seed, ...options })
    console.log(report(outcome))
    if (outcome.faults.length > 0) console.log(`  again: npm run soak -- --seed ${seed} ${again(values)} --log control-planes.log`)
    faults += outcome.faults.length
  }
  process.exitCode = faults === 0 ? 0 : 1
})

/** The options that the same run takes, but for its seed. */
function again(values: Record<string, string | boolean | undefined>): string {
  const same = ['messages', 'per-second', 'simulated', 'real', 'replicas', 'only'] as const
  return same.flatMap((name) => (values[name] === undefined ? [] : [`--${name} '${values[name]}'`])).join(' ')
}
