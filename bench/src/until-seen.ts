import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import type { LinkedBot } from './linked-bot.ts'
import { summarize } from './stats.ts'
import type { Result } from './stats.ts'

/** Messages that are timed from the control plane to the screen. */
const EVENTS = 100
/** Between two of them. Not a multiple of the page's own pause between two looks. */
const APART_MS = 330

type Watched = Window & { benchSeen: Map<string, number> }

/** From the acknowledgement of a message, which comes after its commit, to its being in the open chat; and from its leaving the bot. */
export async function untilSeen(page: Page, bot: LinkedBot, chat: string): Promise<Result[]> {
  await page.evaluate(() => {
    const seen = new Map<string, number>()
    const look = (): void => {
      const at = performance.timeOrigin + performance.now()
      for (const message of document.querySelectorAll('[data-testid=message-body]')) {
        const text = message.textContent ?? ''
        if (!seen.has(text)) seen.set(text, at)
      }
    }
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true })
    Object.assign(window, { benchSeen: seen })
  })
  const ahead = await clockAhead(page)
  const fromStored: number[] = []
  const fromSent: number[] = []
  for (let i = 0; i < EVENTS; i++) {
    const text = `Chegou a mensagem ${i} da bancada`
    const sentAt = performance.now()
    bot.offer(chat, text, sentAt)
    while (bot.open > 0) await delay(1)
    const [tookMs = 0] = bot.takeTimes()
    const at = await page.waitForFunction((wanted) => (window as unknown as Watched).benchSeen.get(wanted), text, {
      polling: 50,
      timeout: 15_000,
    })
    const seenAt = Number(await at.jsonValue()) - ahead - performance.timeOrigin
    fromSent.push(seenAt - sentAt)
    // The page may hear of it before the bot does.
    fromStored.push(Math.max(0, seenAt - sentAt - tookMs))
    await delay(Math.max(0, sentAt + APART_MS - performance.now()))
  }
  return [
    summarize('message stored and acknowledged to on screen', 'ms', fromStored),
    summarize('message leaves the bot to on screen', 'ms', fromSent),
  ]
}

/** How many milliseconds the page's clock is ahead of ours: of many askings, the one that took the shortest. */
async function clockAhead(page: Page): Promise<number> {
  let best = { tookMs: Number.POSITIVE_INFINITY, ahead: 0 }
  for (let i = 0; i < 30; i++) {
    const before = performance.now()
    const there = await page.evaluate(() => performance.timeOrigin + performance.now())
    const tookMs = performance.now() - before
    if (tookMs < best.tookMs) best = { tookMs, ahead: there - (performance.timeOrigin + before + tookMs / 2) }
  }
  return best.ahead
}
