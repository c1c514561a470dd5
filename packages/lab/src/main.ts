import { parseArgs } from 'node:util'
import { generations } from './domain/types.ts'
import { startLab } from './server.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'control-port': { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    generation: { type: 'string', default: 'classic' },
    state: { type: 'string' },
    sample: { type: 'boolean', default: false },
  },
})
const generation = generations.find((one) => one === values.generation)
if (!generation) throw new Error(`--generation is one of: ${generations.join(', ')}`)

const lab = await startLab({
  port: Number(values.port),
  controlPort: Number(values['control-port']),
  host: values.host,
  generation,
  ...(values.state === undefined ? {} : { state: values.state }),
})
if (values.sample) {
  // A number with a phone, and somebody who writes to it, so that whoever tries the product fills in no forms first.
  await lab.scenario.createAccount({ number: '5511900000001', name: 'Padaria da Praça' })
  await lab.scenario.createContact({ phone: '5511988887777', name: 'Ana' })
}
const { port, browserArgs, control, phone, simulated } = lab
console.log(JSON.stringify({ port, browserArgs, control, phone, simulated }))

const stop = (): void => {
  void lab.close()
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
if (process.env['ZAPTRIA_EXIT_WITH_STDIN'] === '1') {
  // Whoever started us is gone, and our ports are wanted by the next one.
  for (const over of ['end', 'error'] as const) process.stdin.once(over, () => process.exit(0))
  process.stdin.resume()
}
