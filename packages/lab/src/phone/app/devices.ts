import { act } from './api.ts'
import type { AccountView, LabState } from './api.ts'
import { button, field, h, part } from './dom.ts'
import { explain } from './texts.ts'
import type { Texts } from './texts.ts'

type Waiting = LabState['waiting']
type View = { element: HTMLElement; update(account: AccountView, waiting: Waiting): void }

/** "Linked devices" on the owner's phone: scan, enter a code, confirm, log out. */
export const devices = (t: Texts, language: string): View => {
  let number = ''
  const note = h('p', { testid: 'link-note', class: 'note', attributes: { role: 'status' } })
  const attempt = async (name: string, input: object): Promise<boolean> => {
    note.className = 'note'
    note.textContent = ''
    try {
      await act(name, { account: number, ...input })
      note.textContent = t.done
      return true
    } catch (error) {
      note.className = 'note wrong'
      note.textContent = explain(t, error)
      return false
    }
  }

  const qrs = h('ul', { class: 'list' })
  const renderQrs = part<Waiting['qrs']>(qrs, (waiting) =>
    waiting.length === 0
      ? [h('li', { class: 'empty', text: t.noQrs })]
      : waiting.map(({ ref, qr, name }) =>
          h(
            'li',
            { testid: 'qr-waiting', class: 'row', data: { qr } },
            h('span', { class: 'avatar', text: '▦' }),
            h('span', { class: 'grow' }, h('b', { text: name }), h('small', { text: `…${ref.slice(-12)}` })),
            button('qr-scan', t.scan, () => void attempt('scan', { qr }), 'primary'),
          ),
        ),
  )

  const paste = h('textarea', { testid: 'qr-paste', attributes: { placeholder: t.pasteQr, 'aria-label': t.pasteQr, rows: '2' } })
  const scanPasted = async (): Promise<void> => {
    if (await attempt('scan', { qr: paste.value.trim() })) paste.value = ''
  }
  const code = field('code-input', t.codeField, { maxlength: '12' })
  const enterCode = async (): Promise<void> => {
    if (await attempt('enterPairingCode', { code: code.value })) code.value = ''
  }

  const asked = h('div')
  const renderAsked = part<{ codes: Waiting['codes']; passkey: boolean }>(asked, ({ codes, passkey }) => [
    ...codes.map((one) =>
      h('p', { testid: 'code-asked', class: 'note', text: `${t.codeAsked} ${one.code.slice(0, 4)}-${one.code.slice(4)}` }),
    ),
    ...(passkey
      ? [
          h('p', { testid: 'passkey-waiting', class: 'note', text: t.passkeyWaits }),
          button('passkey-confirm', t.passkeyConfirm, () => void attempt('confirmPasskey', {}), 'primary'),
        ]
      : []),
  ])

  const linked = h('ul', { class: 'list' })
  const renderLinked = part<AccountView['devices']>(linked, (list) =>
    list.length === 0
      ? [h('li', { testid: 'no-devices', class: 'empty', text: t.noDevices })]
      : list.map((device) =>
          h(
            'li',
            { testid: 'device', class: 'row', data: { connected: String(device.connected) } },
            h('span', { class: 'avatar', text: '⌂' }),
            h(
              'span',
              { class: 'grow' },
              h('b', { text: device.name }),
              h('small', { text: `${device.connected ? t.active : t.inactive} · ${new Date(device.linkedAt).toLocaleString(language)}` }),
            ),
            button('device-logout', t.logout, () => void attempt('unlink', { device: device.id }), 'danger'),
          ),
        ),
  )

  const passkey = h('input', { testid: 'account-passkey', attributes: { type: 'checkbox' } })
  passkey.addEventListener('change', () => void act('updateAccount', { number, passkey: passkey.checked }))

  const element = h(
    'div',
    { class: 'pane' },
    h('h3', { text: t.linked }),
    linked,
    h('h3', { text: t.linkDevice }),
    asked,
    note,
    h('h4', { text: t.waitingQrs }),
    qrs,
    h(
      'div',
      { class: 'stack' },
      paste,
      button('qr-paste-scan', t.scan, () => void scanPasted()),
    ),
    h(
      'div',
      { class: 'stack' },
      code,
      button('code-enter', t.enterCode, () => void enterCode()),
    ),
    h('label', { class: 'check' }, passkey, h('span', { text: t.demandPasskey })),
  )
  return {
    element,
    update: (account, waiting) => {
      number = account.number
      passkey.checked = account.passkey
      renderLinked(account.devices)
      renderQrs(waiting.qrs)
      renderAsked({ codes: waiting.codes.filter((one) => one.phone === number), passkey: waiting.passkeys.includes(number) })
    },
  }
}
