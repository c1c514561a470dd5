import { describeEngine } from '../conformance.ts'
import { createWwebjsEngine } from './index.ts'

describeEngine('wwebjs on the page before July 2026', (lab) => createWwebjsEngine({ sandbox: false, browserArgs: lab.browserArgs }), {
  generation: 'classic',
})
