import type { Catalogue } from '../catalogue.ts'

/** A link for a customer who pairs without signing in: the operator's side (`pairing-link.*`) and the page behind it (`pairing.*`). */
export const pairing = {
  'pairing-link.send': ['Enviar link ao cliente', 'Send a link to the customer'],
  'pairing-link.title': ['Link para o cliente conectar', 'Link for the customer to connect'],
  'pairing-link.help': [
    'Quem o abrir conecta o próprio WhatsApp a este robô, sem entrar no painel. Vale uma vez, por 24 horas.',
    'Whoever opens it links their own WhatsApp to this bot, without signing in. It works once, for 24 hours.',
  ],
  'pairing-link.create': ['Criar link', 'Create the link'],
  'pairing-link.replace': ['Criar outro', 'Create another'],
  'pairing-link.there': ['Já existe um link, válido até {until}.', 'There is a link already, good until {until}.'],
  'pairing-link.there.help': [
    'Ele só aparece na hora em que é criado. Criar outro cancela este.',
    'It is shown only when it is made. Making another voids this one.',
  ],
  'pairing-link.revoke': ['Cancelar o link', 'Void the link'],
  'pairing-link.label': ['Link', 'Link'],
  'pairing-link.once': ['Copie agora: ele não aparece de novo.', 'Copy it now: it is not shown again.'],
  'pairing-link.share': ['Enviar pelo WhatsApp', 'Send by WhatsApp'],
  'pairing-link.text': [
    'Olá! Abra este link para conectar o seu WhatsApp ao robô. Ele vale por 24 horas: {url}',
    'Hello! Open this link to connect your WhatsApp to the bot. It is good for 24 hours: {url}',
  ],
  'pairing.title': ['Conectar o WhatsApp de {name}', 'Connect the WhatsApp of {name}'],
  'pairing.help': ['Leva um minuto, e só é preciso uma vez.', 'It takes a minute, and is needed only once.'],
  'pairing.how': ['Como conectar', 'How to connect'],
  'pairing.by-code': ['Com um código', 'With a code'],
  'pairing.by-qr': ['Com o QR', 'With the QR'],
  'pairing.by-code.help': ['Para quando o WhatsApp está neste mesmo celular.', 'For when WhatsApp is on this very phone.'],
  'pairing.used': ['Este link já foi usado', 'This link has been used'],
  'pairing.used.help': [
    'O WhatsApp já está conectado: não há mais nada a fazer aqui. Não foi você? Avise quem enviou o link.',
    'WhatsApp is connected: there is nothing left to do here. Was it not you? Tell whoever sent the link.',
  ],
  'pairing.done': ['Pronto, está conectado!', 'Done, it is connected!'],
  'pairing.done.help': [
    'As mensagens de {name} já chegam. Pode fechar esta página.',
    'The messages of {name} arrive now. You can close this page.',
  ],
  'pairing.done.keep': [
    'No celular, deixe o robô em Dispositivos conectados, e abra o WhatsApp ao menos a cada duas semanas.',
    'On the phone, leave the bot under Linked devices, and open WhatsApp at least every two weeks.',
  ],
  'pairing.again': ['Mostrar novo QR', 'Show a new QR'],
  'pairing.starting': ['Ligando o robô', 'Starting the bot'],
  'pairing.starting.help': [
    'Costuma levar poucos segundos. Deixe esta página aberta.',
    'This usually takes a few seconds. Keep this page open.',
  ],
  'pairing.until': ['Este link vale até {until}.', 'This link is good until {until}.'],
} as const satisfies Catalogue
