import { z } from 'zod'
import { askSecret } from '../ask-secret.ts'
import { command, Problem } from '../command.ts'
import { createApi } from './client.ts'
import { readUrl } from './command.ts'
import { loginFile, removeLogin, writeLogin } from './login-file.ts'

const HERE = 'http://127.0.0.1:8080'

export const login = command({
  name: 'login',
  summary: 'keep the address of a Zaptria and an API key for it',
  details: `Makes sure that the key is taken there, then keeps both in ~/.config/zaptria/login.json, readable by you alone. Keys are made in the
dashboard, under "API keys". The key is asked for, or read from standard input; it is never an argument, where others on this machine would see it.`,
  examples: ['zaptria login https://zaptria.example.com', 'zaptria login < key.txt'],
  arguments: { address: { summary: `where Zaptria is (default ${HERE})`, parse: readUrl, optional: true } },
  options: {},
  run: async ({ address }, { terminal, signal, say }) => {
    const url = address ?? HERE
    const key = await askSecret(terminal, `API key for ${url}: `)
    if (key === '') throw new Problem('No key was given.', 'Make one in the dashboard, under "API keys", and paste it here.')
    await createApi({ url, key }, signal).call('GET', '/tenants', z.unknown(), { query: { limit: 1 } })
    const file = writeLogin(process.env, { url, key })
    say(`${url} takes this key. Both are kept in ${file}.`)
    return { code: 0, data: { url, file } }
  },
})

export const logout = command({
  name: 'logout',
  summary: 'forget what "zaptria login" kept',
  options: {},
  run: async (_, { say }) => {
    const known = removeLogin(process.env)
    say(
      known
        ? `Forgotten: ${loginFile(process.env)}. The key still works elsewhere until it is removed in the dashboard.`
        : 'There was nothing to forget.',
    )
    return Promise.resolve({ code: 0, data: { forgotten: known } })
  },
})
