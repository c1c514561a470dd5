import { describeEngine } from '../conformance.ts'
import { createWwebjsEngine } from './index.ts'

describeEngine(
  'wwebjs on a page that renames ids once more',
  (lab) => createWwebjsEngine({ sandbox: false, browserArgs: lab.browserArgs }),
  {
    generation: 'future',
  },
)
