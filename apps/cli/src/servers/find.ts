import { Server } from '@zaptria/contract'
import type { Api } from '../api/client.ts'
import { Problem } from '../command.ts'
import type { Argument } from '../command.ts'

export const serverArgument = { summary: 'its name or id', parse: String } as const satisfies Argument<string>

/** Never by a part of a name: bots hang on it. */
export async function findServer(api: Api, said: string): Promise<Server> {
  const all = await api.list('/servers', Server)
  const found = all.find(({ id, name }) => id === said || name === said)
  if (found === undefined) throw new Problem(`There is no server ${JSON.stringify(said)}.`, 'Those that are there: zaptria servers ls')
  return found
}
