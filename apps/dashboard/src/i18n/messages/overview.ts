import type { Catalogue } from '../catalogue.ts'

/** All bots at a glance. */
export const overview = {
  'overview.all': ['Todos os clientes', 'All customers'],
  'overview.attention.none': ['Tudo em ordem: nada precisa de você agora.', 'All is well: nothing needs you now.'],
  'overview.attention.all': ['Mostrar os {count}', 'Show all {count}'],
  'overview.attention.less': ['Mostrar menos', 'Show fewer'],
  'overview.open.connect': ['Abrir a conexão', 'Open the connection'],
  'overview.open.qr': ['Mostrar o QR', 'Show the QR'],
  'overview.open.conversations': ['Ver as conversas', 'See conversations'],
  'overview.open.details': ['Ver os detalhes', 'See details'],
  'overview.open.alerts': ['Ver os alertas', 'See alerts'],
  'overview.waiting': [
    '{count, plural, one {# conversa espera uma pessoa} other {# conversas esperam uma pessoa}}',
    '{count, plural, one {# conversation waits for a person} other {# conversations wait for a person}}',
  ],
  'overview.waiting.do': ['Responda, ou devolva a conversa ao robô.', 'Answer, or give the conversation back to the bot.'],
  'overview.unread': [
    '{count, plural, one {# conversa não lida} other {# conversas não lidas}}',
    '{count, plural, one {# unread conversation} other {# unread conversations}}',
  ],
  'overview.counts': ['Filtrar por situação', 'Filter by state'],
  'overview.count.all': ['Todos ({count})', 'All ({count})'],
  'overview.count.ok': ['{count, plural, one {# conectado} other {# conectados}}', '{count, plural, other {# connected}}'],
  'overview.count.busy': ['{count, plural, other {# ligando}}', '{count, plural, other {# starting}}'],
  'overview.count.wait': [
    '{count, plural, one {# espera o celular} other {# esperam o celular}}',
    '{count, plural, one {# waits for the phone} other {# wait for the phone}}',
  ],
  'overview.count.warn': ['{count, plural, one {# instável} other {# instáveis}}', '{count, plural, other {# unsteady}}'],
  'overview.count.bad': ['{count, plural, other {# com problema}}', '{count, plural, other {# in trouble}}'],
  'overview.count.off': ['{count, plural, one {# desligado} other {# desligados}}', '{count, plural, other {# off}}'],
  'overview.count.waiting': [
    '{count, plural, one {# com conversa esperando} other {# com conversas esperando}}',
    '{count, plural, other {# with people waiting}}',
  ],
  'overview.none': ['Nenhum cliente está assim agora', 'No customer is like this now'],
  'overview.show-all': ['Mostrar todos', 'Show all'],
  'overview.order': ['Ordem', 'Order'],
  'overview.order.attention': ['Problemas primeiro', 'Problems first'],
  'overview.order.name': ['Nome', 'Name'],
  'overview.order.newest': ['Mais novos', 'Newest'],
  'overview.order.unread': ['Não lidas', 'Unread'],
  'overview.view': ['Aparência', 'Layout'],
  'overview.view.tiles': ['Quadros', 'Tiles'],
  'overview.view.rows': ['Lista', 'List'],
} as const satisfies Catalogue
