import type { MsgModel } from '../app/models.ts'

export const make = () => ({ canReplyMsg: (msg: MsgModel): boolean => !msg.isNotification })
