import type { Catalogue } from '../catalogue.ts'

export const alerts = {
  'alerts.title': ['Alertas', 'Alerts'],
  'alerts.help': ['O que não vai bem agora, e o que fazer.', 'What is not well now, and what to do.'],
  'alerts.none': ['Tudo em ordem', 'All is well'],
  'alerts.none.help': [
    'Quando algo precisar de você, aparece aqui e no alto de cada página.',
    'When something needs you, it shows here and at the top of every page.',
  ],
  'alerts.count': ['{count, plural, one {# alerta} other {# alertas}}', '{count, plural, one {# alert} other {# alerts}}'],
  'alerts.many': [
    '{count, plural, one {# coisa precisa} other {# coisas precisam}} de atenção',
    '{count, plural, one {# thing needs} other {# things need}} attention',
  ],
  'alerts.see': ['Ver todos', 'See all'],
  'alerts.open': ['Abrir', 'Open'],
  'alerts.resolve': ['Resolvido', 'Resolved'],
  'alerts.since': ['Começou', 'Began'],
  'alerts.times': ['{count, plural, one {# vez} other {# vezes}}', '{count, plural, one {# time} other {# times}}'],
  'alert.bot_not_beating': ['O robô não dá sinal', 'The bot gives no sign'],
  'alert.bot_not_beating.do': [
    'Ele está sendo religado. Se ficar assim por minutos, veja o log.',
    'It is being restarted. If it stays like this for minutes, look at its log.',
  ],
  'alert.bot_restarted': ['O robô foi religado', 'The bot was restarted'],
  'alert.bot_restarted.do': [
    'Já voltou sozinho. Se isto se repete, veja o log.',
    'It came back by itself. If this keeps happening, look at its log.',
  ],
  'alert.bot_not_made': ['O robô não pôde ser criado', 'The bot could not be made'],
  'alert.bot_not_made.do': [
    'A linha abaixo diz por quê. Resolva isso no servidor: tentamos de novo sozinhos.',
    'The line below says why. Put that right on the server: we try again by ourselves.',
  ],
  'alert.bot_needs_scan': ['O celular precisa escanear o QR de novo', 'The phone has to scan the QR again'],
  'alert.bot_needs_scan.do': [
    'Abra a conexão e escaneie com o celular do número.',
    'Open the connection and scan with the number’s phone.',
  ],
  'alert.bot_conflict': ['A sessão do WhatsApp foi aberta em outro lugar', 'The WhatsApp session was opened somewhere else'],
  'alert.bot_conflict.do': [
    'Feche o outro navegador, ou traga a sessão de volta na página da conexão.',
    'Close the other browser, or bring the session back on the connection page.',
  ],
  'alert.bot_banned': ['O WhatsApp bloqueou o número', 'WhatsApp blocked the number'],
  'alert.bot_banned.do': [
    'O dono do número deve pedir uma análise no WhatsApp do celular.',
    'The number’s owner should request a review in WhatsApp on the phone.',
  ],
  'alert.bot_passkey_required': ['O celular pede uma chave de acesso', 'The phone asks for a passkey'],
  'alert.bot_passkey_required.do': [
    'Confirme no celular, ou comece a conexão de novo.',
    'Confirm on the phone, or start connecting again.',
  ],
  'alert.bot_failed': ['O robô parou e não volta sozinho', 'The bot stopped and does not come back by itself'],
  'alert.bot_failed.do': ['A página da conexão diz por quê e o que fazer.', 'The connection page says why and what to do.'],
  'alert.bot_engine_incompatible': [
    'O WhatsApp Web mudou e o robô não o entende',
    'WhatsApp Web changed and the bot does not understand it',
  ],
  'alert.bot_engine_incompatible.do': [
    'Atualize o Zaptria. Até lá, as mensagens esperam no WhatsApp.',
    'Update Zaptria. Until then, messages wait at WhatsApp.',
  ],
  'alert.outbox_backlog': ['Há muitos eventos esperando no robô', 'Many events wait in the bot'],
  'alert.outbox_backlog.do': [
    'Nada se perde. Veja se a rede entre o robô e este servidor está lenta.',
    'Nothing is lost. See whether the network between the bot and this server is slow.',
  ],
  'alert.outbox_set_aside': ['Um evento do robô foi recusado e posto de lado', 'An event of the bot was refused and set aside'],
  'alert.outbox_set_aside.do': [
    'Os outros seguem. O log do robô diz qual e por quê.',
    'The others go on. The bot’s log says which and why.',
  ],
  'alert.sink_paused': ['O destino dos eventos recusa o token', 'Where events go, the token is refused'],
  'alert.sink_paused.do': [
    'Confira o token e o endereço no sistema que os recebe. Nada se perde até lá.',
    'Check the token and address in the system that takes them. Nothing is lost until then.',
  ],
  'alert.conversation_stuck': ['O fluxo travou em uma conversa', 'The flow got stuck in a conversation'],
  'alert.conversation_stuck.do': [
    'Responda você mesmo, confira o fluxo e devolva a conversa ao robô.',
    'Answer yourself, check the flow, and give the conversation back to the bot.',
  ],
  'alert.conversation_loop': ['O robô conversava com outro robô', 'The bot was talking to another bot'],
  'alert.conversation_loop.do': [
    'Ele se calou nessa conversa. Se for mesmo uma pessoa, devolva a conversa ao robô. O limite é loop_after_answers, no fluxo.',
    'It fell silent in that conversation. Should it be a person, give the conversation back. The limit is loop_after_answers, in the flow.',
  ],
  'alert.number_shared': ['Este número já está ligado a outro cliente', 'This number is linked to another customer too'],
  'alert.number_shared.do': [
    'Os dois robôs respondem aos mesmos contatos. Pare o que não devia estar nele, ou desligue-o em Dispositivos conectados, no celular.',
    'Both bots answer the same contacts. Stop the one that should not be there, or unlink it in Linked devices, on the phone.',
  ],
  'alert.number_shared.who': ['{number} também está com: {names}', '{number} is also with: {names}'],
  'cause.session-lost': [
    'A sessão de {number} se perdeu, e nenhuma cópia pôde trazê-la de volta. As mensagens novas esperam no celular',
    'The session of {number} is lost, and no copy could bring it back. New messages wait on the phone',
  ],
  'cause.silent': ['Ele roda, mas não diz nada', 'It runs, but says nothing'],
  'cause.unknown': ['O servidor não diz se o robô roda', 'The server does not say whether the bot runs'],
  'cause.out-of-reach': [
    '{count, plural, one {# robô está} other {# robôs estão}} no servidor {server}, que esta instalação não alcança',
    '{count, plural, one {# bot is} other {# bots are}} on the server {server}, which this installation cannot reach',
  ],
  'cause.given-up': [
    'O servidor {server} foi dado como perdido: os robôs dele são ligados em outro',
    'The server {server} was given up: its bots are started elsewhere',
  ],
  'cause.heard-again': ['Agora ele responde de novo', 'It is heard again'],
  'cause.unheard-since': ['Do servidor {server} nada se ouve desde {at}', 'The server {server} has not been heard since {at}'],
  'cause.never-heard': [
    'Do servidor {server} nada se ouviu desde que foi adicionado',
    'The server {server} has not been heard since it was added',
  ],
  'cause.held.ask': ['Para ligar os robôs dele em outro servidor: {command}', 'To start its bots on another server: {command}'],
  'cause.held.never': ['Os robôs dele ficam nele (failover: never)', 'Its bots stay with it (failover: never)'],
  'cause.held.alone': ['Nenhum outro servidor responde: os robôs dele ficam nele', 'No other server is heard: its bots stay with it'],
  'cause.moved': ['De {from} para {to}', 'From {from} to {to}'],
  'cause.moved.outbox-unknown': ['Ele nunca tinha dito quantos eventos esperavam nele', 'It had never said how many events waited in it'],
  'cause.moved.outbox': [
    '{count, plural, one {# evento esperava} other {# eventos esperavam}} nele, como disse {ago} antes',
    '{count, plural, one {# event} other {# events}} waited in it, as it said {ago} before',
  ],
  'cause.moved.outbox-oldest': [
    '{count, plural, one {# evento esperava} other {# eventos esperavam}} nele, o mais antigo há {oldest}, como disse {ago} antes',
    '{count, plural, one {# event} other {# events}} waited in it, the oldest for {oldest}, as it said {ago} before',
  ],
  'cause.moved.snapshot': ['A sessão dele vem da cópia de {at}', 'Its session comes from the copy of {at}'],
  'cause.moved.no-snapshot': [
    'Não há cópia da sessão dele: é preciso escanear de novo',
    'There is no copy of its session: it has to be scanned again',
  ],
  'cause.not-moved': [
    'O servidor dele, {server}, foi dado como perdido, e nenhum outro o aceita',
    'Its server {server} was given up, and no other one takes it',
  ],
  'cause.backlog': [
    '{count, plural, one {# evento espera} other {# eventos esperam}}',
    '{count, plural, one {# event waits} other {# events wait}}',
  ],
  'cause.disk-left': ['{megabytes} livres', '{megabytes} left'],
  'cause.volume-used': ['{percent} do volume em uso', '{percent} of the volume in use'],
  'cause.ended': ['Ele tinha parado', 'It had ended'],
  'cause.changed': ['Alguém o alterou no servidor', 'Somebody changed it on its server'],
  'cause.not-up': ['Ele não chegou a ligar', 'It did not come up'],
  'cause.removed': [
    'Alguém o removeu do servidor; ele é criado de novo, com tudo o que era seu',
    'Somebody removed it from its server; it is made again, with all that it had',
  ],
  'cause.platform': ['O próprio servidor o religou', 'Its server started it again by itself'],
  'cause.orphan': ['{name} foi removido; os dados dele estão guardados', '{name} was removed; its data is kept'],
  'cause.token': ['{host} recusa o token', '{host} refuses the token'],
  'cause.gone': ['{host} respondeu que não existe mais (410)', '{host} answered that it is gone (410)'],
  'cause.failing': [
    '{host}: nada foi aceito há {days, plural, one {# dia} other {# dias}}',
    '{host}: nothing was taken for {days, plural, one {# day} other {# days}}',
  ],
  'cause.answers': ['{count} respostas em {minutes} minutos', '{count} answers within {minutes} minutes'],
  'cause.same-words': ['As mesmas palavras vieram {count} vezes seguidas', 'The same words came {count} times in a row'],
  'cause.by-itself': ['O fluxo andou sozinho vezes demais sem uma resposta', 'The flow went on by itself too often without an answer'],
  'alert.orphan_found': ['Há no servidor um robô que não é de ninguém', 'A server holds a bot that belongs to nobody'],
  'alert.orphan_found.do': [
    'Ele está parado fora desta lista; a linha abaixo diz qual é.',
    'It is outside this list; the line below says which one.',
  ],
  'alert.server_unreachable': ['Um servidor não recebe comandos; os robôs dele seguem', 'A server takes no commands; its bots go on'],
  'alert.server_unreachable.do': [
    'Os robôs dele seguem como estão, mas ligar, parar e criar esperam. Confira a máquina e a rede.',
    'Its bots go on as they are, but to start, stop and create has to wait. Check the machine and its network.',
  ],
  'alert.server_silent': [
    'Um servidor e os robôs dele sumiram; os robôs podem passar para outro',
    'A server and its bots are gone; the bots can go to another one',
  ],
  'alert.server_silent.do': [
    'Nem ele nem os robôs dele dizem algo. Os robôs passam para outro servidor, ou esperam por você; a linha abaixo diz qual dos dois.',
    'Neither it nor its bots say anything. They go to another server, or wait for you; the line below says which.',
  ],
  'alert.bot_moved': ['O robô passou para outro servidor', 'The bot was moved to another server'],
  'alert.bot_moved.do': [
    'O servidor dele parou de responder. Ele volta com a última cópia da sessão; se não houver cópia, é preciso escanear de novo.',
    'Its server fell silent. It comes back with the newest copy of its session; where there is none, it has to be scanned again.',
  ],
  'alert.disk_low': ['O disco está quase cheio', 'The disk is almost full'],
  'alert.disk_low.do': [
    'Libere espaço antes que mensagens deixem de ser guardadas.',
    'Free some space before messages can no longer be stored.',
  ],
  'alert.snapshot_overdue': ['A cópia da sessão está atrasada', 'The copy of the session is overdue'],
  'alert.snapshot_overdue.do': [
    'Há mais de dois dias nenhuma pôde ser feita. Se o volume deste robô se perder, o cliente terá de escanear de novo.',
    'None could be taken for more than two days. Should this bot’s volume be lost, the customer has to scan again.',
  ],
  'alert.snapshot_unproven': ['A cópia da sessão não foi comprovada', 'The copy of the session is not proven'],
  'alert.snapshot_unproven.do': [
    'Cada cópia é aberta num navegador sem rede, todo dia. Esta não passou, ou nenhuma pôde ser aberta há mais de dois dias: faça outra nos detalhes do robô.',
    'Each copy is opened every day in a browser without a network. This one did not pass, or none could be opened for more than two days: take another one in the bot’s details.',
  ],
  'alert.snapshot_damaged': ['Uma cópia da sessão está danificada', 'A copy of the session is damaged'],
  'alert.snapshot_damaged.do': [
    'Ela não será mais usada. Faça outra nos detalhes do robô, confira as demais e o disco onde ficam: se todas falharem, o cliente terá de escanear de novo.',
    'It is not used any more. Take another one in the bot’s details, verify the others, and look at the disk that they are on: should all of them fail, the customer has to scan again.',
  ],
  'cause.damaged': ['A cópia {name} não abre', 'The copy {name} cannot be opened'],
  'alert.backup_overdue': ['A cópia do banco de dados está atrasada', 'The backup of the database is overdue'],
  'alert.backup_overdue.do': [
    'Há mais de dois dias não há uma cópia inteira. A linha abaixo diz por quê; tentamos de hora em hora.',
    'There has been no whole one for more than two days. The line below says why; we try every hour.',
  ],
  'alert.webhook_disabled': ['Um webhook foi desligado', 'A webhook was switched off'],
  'alert.webhook_disabled.do': [
    'O sistema que o recebe não o aceita há dias. Confira-o, ligue o webhook de novo e reenvie o que falhou.',
    'The system that takes it has refused it for days. Check it, switch the webhook on again, and replay what failed.',
  ],
} as const satisfies Catalogue
