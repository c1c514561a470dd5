import type { ReactNode } from 'react'
import { isEmojiAlone, textParts, type TextPart } from './text-parts.ts'

/** What was written, as WhatsApp shows it. */
export function MessageText({ text }: { text: string }) {
  if (text.length < 40 && isEmojiAlone(text)) return <span className="block text-3xl leading-snug">{text}</span>
  const parts = textParts(text)
  return parts.map((part, index) => <Part key={`${index} ${part.text}`} part={part} />)
}

function Part({ part: { text, look, href } }: { part: TextPart }): ReactNode {
  if (href !== undefined) {
    return (
      <a
        href={href}
        target="_blank"
        rel="noreferrer nofollow"
        className="text-accent [overflow-wrap:anywhere] underline underline-offset-2 hover:no-underline"
      >
        {text}
      </a>
    )
  }
  switch (look) {
    case 'bold':
      return <strong className="font-semibold">{text}</strong>
    case 'italic':
      return <em>{text}</em>
    case 'struck':
      return <s>{text}</s>
    case 'code':
      return <code className="font-mono text-[0.8125rem]">{text}</code>
    case undefined:
      return text
    default:
      return look satisfies never
  }
}
