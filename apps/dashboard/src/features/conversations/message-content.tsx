import { phonesInVcard, type MessageContent } from '@zaptria/contract'
import { MapPin, UserRound } from 'lucide-react'
import { useT } from '../../i18n/use-t.ts'

type Of<Kind extends MessageContent['kind']> = Extract<MessageContent, { kind: Kind }>

/** A place, people's cards, or a question with its options. */
export function MessageContentView({ content }: { content: MessageContent }) {
  switch (content.kind) {
    case 'location':
      return <Place place={content} />
    case 'contacts':
      return <Cards contacts={content.contacts} />
    case 'poll':
      return <Poll poll={content} />
    default:
      return content satisfies never
  }
}

/** The map is somebody else's: it is asked for nothing until a person opens it. */
const mapAddress = ({ latitude, longitude }: Of<'location'>): string =>
  `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`

function Place({ place }: { place: Of<'location'> }) {
  const t = useT()
  return (
    <div className="my-1 flex gap-2" data-testid="content-location">
      <MapPin className="mt-0.5 size-5 shrink-0 text-ink-soft" aria-hidden />
      <div className="min-w-0">
        <p className="font-medium break-words">{place.name ?? t('kind.location')}</p>
        {place.address !== undefined && <p className="break-words whitespace-pre-wrap text-ink-soft">{place.address}</p>}
        <a
          href={mapAddress(place)}
          target="_blank"
          rel="noreferrer"
          data-testid="content-map"
          className="font-medium underline underline-offset-2 hover:no-underline"
        >
          {t('content.map')}
        </a>
      </div>
    </div>
  )
}

function Cards({ contacts }: { contacts: Of<'contacts'>['contacts'] }) {
  const t = useT()
  return (
    <ul className="my-1 flex flex-col gap-2">
      {contacts.map(({ name, vcard }, index) => (
        <li key={`${index} ${name}`} className="flex gap-2" data-testid="content-contact">
          <UserRound className="mt-0.5 size-5 shrink-0 text-ink-soft" aria-hidden />
          <div className="min-w-0">
            <p className="font-medium break-words">{name === '' ? t('contact.nameless') : name}</p>
            {phonesInVcard(vcard).map((phone) => (
              <p key={phone} className="break-words text-ink-soft">
                {phone}
              </p>
            ))}
          </div>
        </li>
      ))}
    </ul>
  )
}

function Poll({ poll }: { poll: Of<'poll'> }) {
  const t = useT()
  return (
    <div className="my-1" data-testid="content-poll">
      <p className="font-medium break-words whitespace-pre-wrap">{poll.question}</p>
      <p className="text-xs text-ink-soft">{t('content.poll.choices', { count: poll.max_choices })}</p>
      <ul className="mt-1 list-disc pl-5">
        {poll.options.map((option, index) => (
          <li key={`${index} ${option}`} className="break-words">
            {option}
          </li>
        ))}
      </ul>
    </div>
  )
}
