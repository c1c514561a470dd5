import type { Wid } from '../app/ids.ts'
import type { Page } from '../app/page.ts'

/** Typing, as the other side sees it. */
export const make = ({ connection }: Page) => {
  const tell = (state: 'typing' | 'recording' | 'paused') => async (chat: Wid) => {
    connection.send({ type: 'chatstate', chat: String(chat), state })
  }
  return { sendChatStateComposing: tell('typing'), sendChatStateRecording: tell('recording'), sendChatStatePaused: tell('paused') }
}
