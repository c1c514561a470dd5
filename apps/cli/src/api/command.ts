import { isLoopback } from '@zaptria/contract'
import type { Argument, Command, Context, Given, GivenArguments, Option, Result, Value } from '../command.ts'
import { command, Problem } from '../command.ts'
import { createApi } from './client.ts'
import type { Api } from './client.ts'
import { readLogin } from './login-file.ts'

const url: Value<string> = {
  kind: 'value',
  placeholder: 'ADDRESS',
  summary: 'where Zaptria is (default: ZAPTRIA_URL, or what "zaptria login" was told)',
  parse: readUrl,
}

/** An address of Zaptria, as people give it. Keys travel there, hence https but on this machine. */
export function readUrl(text: string): string {
  const full = /^https?:\/\//.test(text) ? text : `https://${text}`
  if (!URL.canParse(full)) throw new Error('an address is needed, for example https://zaptria.example.com')
  const { protocol, hostname, origin, pathname, search, hash, username } = new URL(full)
  if (protocol !== 'https:' && !isLoopback(hostname)) throw new Error('must begin with https:// (http:// is for loopback)')
  if (pathname !== '/' || search !== '' || hash !== '' || username !== '') throw new Error('an address without a path is needed')
  return origin
}

/** A command that asks Zaptria's API, with its address and the user's key. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- as in command()
export function apiCommand<const O extends Record<string, Option>, const A extends Record<string, Argument> = Record<never, Argument>>({
  run,
  options,
  ...rest
}: Omit<Command, 'arguments' | 'options' | 'run'> & {
  arguments?: A
  options: O
  run: (api: Api, given: Given<O> & GivenArguments<A>, context: Context) => Promise<Result>
}): Command {
  const all: Record<string, Option> = { ...options, url }
  return command<Record<string, Option>, Record<string, Argument>>({
    ...rest,
    options: all,
    run: (given, context) => {
      const api = createApi(whereAndWho(given['url'] as string | undefined, process.env), context.signal)
      return run(api, given as Given<O> & GivenArguments<A>, context)
    },
  })
}

function urlOf(text: string): string {
  try {
    return readUrl(text)
  } catch (error) {
    throw new Problem(`ZAPTRIA_URL is ${JSON.stringify(text)}: ${(error as Error).message}.`, 'Set it right, or give --url.', {
      cause: error,
    })
  }
}

/** The environment wins over the file: that is how scripts say it. A key goes to no other place than the one that it was given for. */
function whereAndWho(given: string | undefined, env: NodeJS.ProcessEnv): { url: string; key: string } {
  const login = env['ZAPTRIA_API_KEY'] !== undefined && (given ?? env['ZAPTRIA_URL']) !== undefined ? null : readLogin(env)
  const where = given ?? (env['ZAPTRIA_URL'] === undefined ? login?.url : urlOf(env['ZAPTRIA_URL']))
  if (where === undefined)
    throw new Problem(
      'Which Zaptria? None was named.',
      'Do: zaptria login https://zaptria.example.com (or set ZAPTRIA_URL and ZAPTRIA_API_KEY)',
    )
  const key = env['ZAPTRIA_API_KEY'] ?? (login?.url === where ? login.key : undefined)
  if (key === undefined) throw new Problem(`There is no API key for ${where}.`, `Do: zaptria login ${where} (or set ZAPTRIA_API_KEY)`)
  return { url: where, key }
}
