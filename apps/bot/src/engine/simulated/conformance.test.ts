import { describeEngine } from '../conformance.ts'
import { createSimulatedEngine } from './index.ts'

describeEngine('simulated', (lab) => createSimulatedEngine({ labUrl: lab.simulated }))
