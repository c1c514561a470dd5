import type { Json } from './json.ts'
import { jsonText, phpText, scriptText, shellQuoted } from './literals.ts'

/** One request, as it is to be shown in several languages. */
export type Call = {
  method: string
  /** With the address of the installation. */
  url: string
  origin: string
  query: Readonly<Record<string, string | number>>
  by: 'apiKey' | 'session' | 'botToken' | 'none'
  /** The same key is the same request: shown where it creates something. */
  idempotent: boolean
  body?: Json
  file?: { file: string; type: string } | undefined
  headers?: Readonly<Record<string, string>>
  answer: 'json' | 'nothing' | 'file' | 'stream'
}

export type Sample = { lang: 'Shell' | 'TypeScript' | 'PHP'; label: string; source: string }

export const samplesOf = (call: Call): Sample[] => [
  { lang: 'Shell', label: 'curl', source: curl(call) },
  { lang: 'TypeScript', label: 'TypeScript', source: script(call) },
  { lang: 'PHP', label: 'PHP (Laravel)', source: laravel(call) },
]

const withQuery = ({ url, query }: Call): string => {
  const text = new URLSearchParams(Object.entries(query).map(([key, value]): [string, string] => [key, String(value)])).toString()
  return text === '' ? url : `${url}?${text}`
}

const needsOrigin = ({ by, method }: Call): boolean => by === 'session' && method !== 'GET'

function curl(call: Call): string {
  const { method, by, idempotent, body, file, answer, origin, headers = {} } = call
  const address = withQuery(call)
  const implied = method === 'GET' || (method === 'POST' && (body !== undefined || file !== undefined))
  const parts = [
    `curl ${answer === 'stream' ? '-N ' : ''}${implied ? '' : `-X ${method} `}${/[?&]/.test(address) ? shellQuoted(address) : address}`,
    ...(by === 'apiKey' ? ['-H "Authorization: Bearer $ZAPTRIA_API_KEY"'] : []),
    ...(by === 'botToken' ? ['-H "X-Bot-Token: $ZAPTRIA_BOT_TOKEN"'] : []),
    ...(by === 'session' ? ['-b "$ZAPTRIA_COOKIE"'] : []),
    ...(needsOrigin(call) ? [`-H ${shellQuoted(`Origin: ${origin}`)}`] : []),
    ...(idempotent ? ['-H "Idempotency-Key: $(uuidgen)"'] : []),
    ...Object.entries(headers).map(([name, value]) => `-H ${shellQuoted(`${name}: ${value}`)}`),
    ...(file === undefined ? [] : [`-H ${shellQuoted(`Content-Type: ${file.type}`)}`, `--data-binary @${file.file}`]),
    ...(body === undefined ? [] : [`-H 'Content-Type: application/json'`, `-d ${shellQuoted(jsonText(body, '  '))}`]),
    ...(answer === 'file' ? ['-o file'] : []),
  ]
  return parts.join(' \\\n  ')
}

function script(call: Call): string {
  const { method, by, idempotent, body, file, answer, origin } = call
  const headers = [
    ...(by === 'apiKey' ? ['Authorization: `Bearer ${process.env.ZAPTRIA_API_KEY}`'] : []),
    ...(by === 'botToken' ? [`'X-Bot-Token': process.env.ZAPTRIA_BOT_TOKEN!`] : []),
    ...(by === 'session' ? ['Cookie: process.env.ZAPTRIA_COOKIE!'] : []),
    ...(needsOrigin(call) ? [`Origin: '${origin}'`] : []),
    ...(body === undefined ? [] : [`'Content-Type': 'application/json'`]),
    ...(file === undefined ? [] : [`'Content-Type': '${file.type}'`]),
    ...Object.entries(call.headers ?? {}).map(([name, value]) => `'${name}': '${value}'`),
    ...(idempotent ? [`'Idempotency-Key': crypto.randomUUID(), // the same one for each retry`] : []),
  ]
  const options = [
    ...(method === 'GET' ? [] : [`method: '${method}'`]),
    ...(headers.length === 0 ? [] : [`headers: ${braces(headers, '  ')}`]),
    ...(body === undefined ? [] : [`body: JSON.stringify(${scriptText(body, '  ')})`]),
    ...(file === undefined ? [] : [`body: await readFile('${file.file}')`]),
  ]
  const asked = `fetch('${withQuery(call)}'${options.length === 0 ? '' : `, ${braces(options, '')}`})`
  return [
    ...(file === undefined ? [] : [`import { readFile } from 'node:fs/promises'\n`]),
    ...(answer === 'file' ? [`import { writeFile } from 'node:fs/promises'\n`] : []),
    `const response = await ${asked}`,
    `if (!response.ok) throw new Error(await response.text())`,
    ...READ[answer],
  ].join('\n')
}

const READ: Readonly<Record<Call['answer'], readonly string[]>> = {
  json: ['const answer = await response.json()'],
  nothing: [],
  file: [`await writeFile('file', Buffer.from(await response.arrayBuffer()))`],
  stream: [
    'for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {',
    '  console.log(chunk) // event: hint, data: {"noun":"bot",…}',
    '}',
  ],
}

/** Entries in braces; one that ends in a comment carries its comma before it. */
function braces(entries: readonly string[], indent: string): string {
  const [only] = entries
  if (entries.length === 1 && only !== undefined && !/\n|\/\//.test(only)) return `{ ${only} }`
  return `{\n${entries.map((one) => `${indent}  ${one}${/ \/\/ [^\n]*$/.test(one) ? '' : ','}\n`).join('')}${indent}}`
}

function laravel(call: Call): string {
  const { method, url, query, by, idempotent, body, file, answer, origin } = call
  const headers = {
    ...(by === 'botToken' ? { 'X-Bot-Token': `config('services.zaptria.bot_token')` } : {}),
    ...(by === 'session' ? { Cookie: `config('services.zaptria.cookie')` } : {}),
    ...(needsOrigin(call) ? { Origin: phpText(origin) } : {}),
    ...Object.fromEntries(Object.entries(call.headers ?? {}).map(([name, value]) => [name, phpText(value)])),
    ...(idempotent ? { 'Idempotency-Key': '(string) Str::uuid()' } : {}),
  }
  const chain = [
    ...(by === 'apiKey' ? [`withToken(config('services.zaptria.key'))`] : []),
    ...(Object.keys(headers).length === 0
      ? []
      : [
          `withHeaders([${Object.entries(headers)
            .map(([name, value]) => `'${name}' => ${value}`)
            .join(', ')}])`,
        ]),
    ...(file === undefined ? [] : [`withBody(file_get_contents('${file.file}'), '${file.type}')`]),
    ...(answer === 'stream' ? [`withOptions(['stream' => true])`] : []),
  ]
  // Only a GET's second argument is its query.
  const address = method === 'GET' ? url : withQuery(call)
  const second =
    method === 'GET' && Object.keys(query).length > 0 ? phpText(query, '    ') : body === undefined ? undefined : phpText(body, '    ')
  chain.push(`${method.toLowerCase()}(${phpText(address)}${second === undefined ? '' : `, ${second}`})`, 'throw()')
  if (answer === 'json') chain.push('json()')
  if (answer === 'file') chain.push('body()')
  if (answer === 'stream') chain.push('toPsrResponse()', 'getBody()')
  const [first = '', ...rest] = chain
  const asked = `Http::${first}${rest.map((one) => `\n    ->${one}`).join('')};`
  return [
    'use Illuminate\\Support\\Facades\\Http;',
    ...(idempotent ? ['use Illuminate\\Support\\Str;'] : []),
    '',
    `${answer === 'nothing' ? '' : '$answer = '}${asked}`,
    ...(answer === 'file' ? [`file_put_contents('file', $answer);`] : []),
    ...(answer === 'stream' ? ['while (! $answer->eof()) {', '    echo $answer->read(1024);', '}'] : []),
  ].join('\n')
}
