import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { get } from 'node:http'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createI18n } from '../../i18n/setup.ts'
import { faultText } from './fault.ts'

const i18n = createI18n('pt-BR')
const pt = (said: string) => faultText(said, (id, values) => i18n._(id, values))
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

async function listening(): Promise<{ port: number; close: () => void }> {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() }
}

describe('what machines say of a connection', () => {
  it('is said in words as Node says it today: a name that nobody has, a port that nobody has, an answer that breaks off', async () => {
    const unknown = await lookup('painel.invalid').catch(messageOf)
    expect(pt(unknown as string)).toBe('o endereço painel.invalid não existe na internet')

    const { port, close } = await listening()
    const [broken] = (await once(get({ port, host: '127.0.0.1' }), 'error')) as [Error]
    expect(pt(broken.message)).toBe('a conexão caiu no meio')
    close()
    const [refused] = (await once(connect(port, '127.0.0.1'), 'error')) as [Error]
    expect(pt(refused.message)).toBe(`ninguém atende em 127.0.0.1:${port}`)
  })

  it.each([
    ['no answer within 20 s', 'sem resposta em 20 s'],
    ['answered 302: redirects are not followed', 'respondeu 302: redirecionamentos não são seguidos'],
    ['answered 500', 'respondeu 500'],
    ['connect ETIMEDOUT 203.0.113.9:443', 'a conexão não se abriu a tempo'],
    ['certificate has expired', 'o certificado de lá venceu'],
    ['unable to verify the first certificate', 'o certificado de lá não é de uma autoridade conhecida'],
    [
      "Hostname/IP does not match certificate's altnames: Host: a. is not in the cert's altnames: DNS:b",
      'o certificado de lá é de outro endereço',
    ],
    ['connect EHOSTUNREACH 203.0.113.9:443', 'não há caminho até 203.0.113.9:443'],
    ['something that nobody knew when this was written', 'something that nobody knew when this was written'],
  ])('%s: %s', (said, sentence) => {
    expect(pt(said)).toBe(sentence)
  })
})
