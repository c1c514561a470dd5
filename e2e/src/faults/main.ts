import { readArguments, runProgram } from '../../../scripts/usage.ts'
import { report, run } from './run.ts'

const USAGE = `npm run soak [-- --seed N] [--seeds N] [--messages N] [--per-second N] [--simulated N] [--real N] [--replicas N] [--only part] [--log file]
    Hurts a whole system of its own under traffic, seed after seed, and balances what came in and went out. The same seed makes the same choices.`

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
      log: { type: 'string' },
    },
  })

  const first = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed)
  let faults = 0
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    const outcome = await run({
      seed,
      messages: Number(values.messages),
      perSecond: Number(values['per-second']),
      pauseMs: 1_500,
      replicas: Number(values.replicas),
      simulated: Number(values.simulated),
      real: Number(values.real),
      contacts: 4,
      only: values.only,
      log: values.log,
      progress: (line) => void process.stderr.write(`${line}\n`),
    })
    console.log(report(outcome))
    faults += outcome.faults.length
  }
  process.exitCode = faults === 0 ? 0 : 1
})
