import { describeEngine } from '../conformance.ts'
import { createWwebjsEngine } from './index.ts'

describeEngine('wwebjs on the page of 2026-07', (lab) => createWwebjsEngine({ sandbox: false, browserArgs: lab.browserArgs }), {
  generation: '2026-07',
})
