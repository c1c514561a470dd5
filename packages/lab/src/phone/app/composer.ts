import type { Content } from '../../domain/types.ts'
import { button, field, h } from './dom.ts'
import type { Quoting } from './quoting.ts'
import { explain } from './texts.ts'
import type { Texts } from './texts.ts'
import { samples } from './words.ts'

export type Picture = { data: string; mimetype: string; filename: string }
/** What is sent: words, with a picture or without, or content; maybe an answer. */
export type Said = { body: string; media?: Picture | undefined; content?: Content | undefined; quoted?: string | undefined }
type Options = {
  prefix: string
  t: Texts
  quoting: Quoting
  send: (said: Said) => Promise<unknown>
  typing?: (state: 'typing' | 'paused') => void
}

const base64 = async (blob: Blob): Promise<string> => {
  const bytes = new Uint8Array(await blob.arrayBuffer())
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

/** Something to send where no file is at hand. */
const samplePicture = async (): Promise<Picture> => {
  const canvas = document.createElement('canvas')
  canvas.width = 320
  canvas.height = 200
  const paint = canvas.getContext('2d')
  if (!paint) throw new Error('no canvas')
  const sky = paint.createLinearGradient(0, 0, 0, 200)
  sky.addColorStop(0, '#38bdf8')
  sky.addColorStop(1, '#fde68a')
  paint.fillStyle = sky
  paint.fillRect(0, 0, 320, 200)
  paint.fillStyle = '#f59e0b'
  paint.arc(240, 60, 28, 0, 7)
  paint.fill()
  paint.fillStyle = '#15803d'
  paint.fillRect(0, 150, 320, 50)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  if (!blob) throw new Error('no picture')
  return { data: await base64(blob), mimetype: 'image/png', filename: 'exemplo.png' }
}

/** Where messages are written: text, a picture, and that somebody is typing. */
export const composer = ({ prefix, t, quoting, send, typing }: Options): HTMLElement => {
  const input = field(`${prefix}-input`, t.message)
  let quiet: number | undefined
  const pause = (): void => {
    clearTimeout(quiet)
    quiet = undefined
    typing?.('paused')
  }
  input.addEventListener('input', () => {
    if (quiet === undefined) typing?.('typing')
    clearTimeout(quiet)
    quiet = setTimeout(pause, 3000)
  })
  const note = h('p', { testid: `${prefix}-send-note`, class: 'note wrong', attributes: { role: 'status' } })
  /** What could not be sent goes back into the field. */
  const attempt = async (picture?: Picture, content?: Content): Promise<void> => {
    const body = content ? '' : input.value.trim()
    if (body === '' && !picture && !content) return
    if (!content) input.value = ''
    note.textContent = ''
    if (quiet !== undefined) pause()
    try {
      await send({ body, media: picture, content, quoted: quoting.id() })
      quoting.choose(null)
    } catch (error) {
      if (!content) input.value = body
      note.textContent = explain(t, error)
    }
  }
  const file = h('input', { testid: `${prefix}-picture`, attributes: { type: 'file', accept: 'image/*', 'aria-label': t.picture } })
  const sendFile = async (): Promise<void> => {
    const [chosen] = file.files ?? []
    file.value = ''
    if (chosen) await attempt({ data: await base64(chosen), mimetype: chosen.type, filename: chosen.name })
  }
  file.addEventListener('change', () => void sendFile())
  const form = h(
    'form',
    { class: 'composer' },
    h('label', { class: 'icon clip', attributes: { title: t.picture } }, file),
    h('button', {
      testid: `${prefix}-sample`,
      class: 'icon image',
      attributes: { type: 'button', title: t.sample, 'aria-label': t.sample },
      on: {
        click: () => void samplePicture().then((picture) => attempt(picture)),
      },
    }),
    ...samples(t).map(([name, mark, label, content]) => {
      const offer = button(`${prefix}-${name}`, mark, () => void attempt(undefined, content), 'emoji')
      offer.title = label
      offer.setAttribute('aria-label', label)
      return offer
    }),
    input,
    button(`${prefix}-send`, '➤', () => void attempt(), 'send'),
  )
  form.prepend(quoting.element)
  form.append(note)
  form.querySelector('.send')?.setAttribute('aria-label', t.send)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void attempt()
  })
  return form
}
