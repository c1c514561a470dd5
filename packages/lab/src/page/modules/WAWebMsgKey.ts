import { MsgKey } from '../app/ids.ts'

export const make = () => MsgKey
