import type { Reply, Seen } from './mock-api.ts'
import { makeQuickReply, problem, type World } from './world.ts'

/** The mock's quick replies. */
export function quickReplies(world: World, { method, path, body }: Seen): Reply {
  const { shortcut, body: words } = (body ?? {}) as { shortcut: string; body: string }
  const known = world.quickReplies.find(({ id }) => path.endsWith(id))
  const taken = world.quickReplies.some((each) => each !== known && each.shortcut === shortcut)
  switch (method) {
    case 'GET':
      return { body: { items: world.quickReplies, next: null } }
    case 'POST': {
      if (taken) return problem('quick_reply_exists')
      const made = makeQuickReply(shortcut, words)
      world.quickReplies = [...world.quickReplies, made].toSorted((a, b) => a.shortcut.localeCompare(b.shortcut))
      return { status: 201, body: made }
    }
    default:
      if (known === undefined) return problem('quick_reply_not_found')
      if (method === 'PATCH' && taken) return problem('quick_reply_exists')
      if (method === 'PATCH') return { body: Object.assign(known, body as object) }
      world.quickReplies = world.quickReplies.filter((each) => each !== known)
      return {}
  }
}
