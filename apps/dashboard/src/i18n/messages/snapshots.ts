import type { Catalogue } from '../catalogue.ts'

export const snapshots = {
  'snapshots.title': ['Cópias da sessão', 'Copies of the session'],
  'snapshots.help': [
    'Se o volume do robô se perder, a sessão do WhatsApp volta da cópia mais nova, sem outro escaneamento. São feitas por si: ao conectar e toda noite.',
    'Should the bot’s volume be lost, the WhatsApp session comes back from the newest copy, without another scan. They are taken by themselves: when it is linked, and every night.',
  ],
  'snapshots.ask': ['Copiar agora', 'Copy now'],
  'snapshots.none': ['Ainda não há cópia que possa ser usada.', 'There is no copy yet that can be used.'],
  'snapshots.newest': ['A mais nova foi feita {ago}.', 'The newest one was taken {ago}.'],
  'snapshots.newest.old': ['A mais nova foi feita {ago}: está atrasada.', 'The newest one was taken {ago}: it is overdue.'],
  'snapshots.cause.asked': ['a pedido', 'asked for'],
  'snapshots.cause.linked': ['ao conectar', 'when linked'],
  'snapshots.cause.nightly': ['da noite', 'nightly'],
  'snapshots.state.asked': ['Pedida', 'Asked for'],
  'snapshots.state.coming': ['A caminho', 'On its way'],
  'snapshots.state.stored': ['Guardada', 'Stored'],
  'snapshots.state.failed': ['Não deu certo', 'Failed'],
  'snapshots.state.void': ['Sem uso', 'Of no use'],
  'snapshots.verify': ['Conferir', 'Verify'],
  'snapshots.verify.bad': ['Esta cópia está estragada.', 'This copy is damaged.'],
  'snapshots.restore': ['Voltar a esta', 'Go back to this'],
  'snapshots.restore.title': ['Voltar à cópia de {at}?', 'Go back to the copy of {at}?'],
  'snapshots.restore.text': [
    'O robô reinicia com a sessão como ela era. Serve para uma sessão que não funciona mais. O que o WhatsApp combinou com ela desde então se perde: pode ser preciso escanear de novo. Mensagens não se perdem, e a sessão de agora fica guardada ao lado.',
    'The bot restarts with its session as it was then. This is for a session that does not work any more. What WhatsApp has agreed with it since is lost: a new scan may be needed. Messages are not lost, and the present session is kept beside it.',
  ],
  'snapshots.restore.asked': ['Pedido feito: o robô está reiniciando.', 'Asked for: the bot is restarting.'],
  'snapshots.verified': ['conferida em {at}', 'verified {at}'],
  'snapshots.restored': ['a sessão voltou dela em {at}', 'the session came back from it {at}'],
  'snapshots.void': ['estragada: {reason}', 'damaged: {reason}'],
  'snapshots.void.logged-out': ['o celular desconectou esta sessão', 'the phone has unlinked this session'],
} as const satisfies Catalogue
