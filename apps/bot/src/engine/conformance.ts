import type { Lab, LabOptions } from '@zaptria/lab'
import { describe } from 'vitest'
import { describeCatchingUp } from './conformance-catch-up.ts'
import { describeChanges } from './conformance-changes.ts'
import { movesContent } from './conformance-content.ts'
import { describeItsEnd, describeTrouble } from './conformance-end.ts'
import { describeKeys } from './conformance-keys.ts'
import { describeLinking } from './conformance-linking.ts'
import { movesMedia } from './conformance-media.ts'
import { receivesMessages } from './conformance-receive.ts'
import { scenesOf } from './conformance-scene.ts'
import { sendsMessages } from './conformance-send.ts'
import type { EngineFactory } from './port.ts'

/** What every engine must do, seen through the port alone. `factory` makes it speak to this Lab. */
export const describeEngine = (name: string, factory: (lab: Lab) => EngineFactory, options: LabOptions = {}): void => {
  const scenes = scenesOf(factory, options)
  describe(`the engine ${name}`, () => {
    describeLinking(scenes)
    describe('messages', () => {
      receivesMessages(scenes)
      sendsMessages(scenes)
      movesMedia(scenes)
      movesContent(scenes)
    })
    describeKeys(scenes)
    describeCatchingUp(scenes)
    describeTrouble(scenes)
    describeChanges(scenes)
    describeItsEnd(scenes)
  })
}
