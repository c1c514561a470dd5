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
