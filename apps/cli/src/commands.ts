import type { Command } from './command.ts'
import { doctor } from './doctor/command.ts'
import { hostSetup, hostUndo } from './host/commands.ts'

/** Every command of `zaptria`. A new one is a line here. */
export const COMMANDS: readonly Command[] = [doctor, hostSetup, hostUndo]
