import type { Catalogue } from '../catalogue.ts'

export const common = {
  'common.close': ['Fechar', 'Close'],
  'common.cancel': ['Cancelar', 'Cancel'],
  'leave.title': ['Sair e perder o que você mudou?', 'Leave, and lose what you changed?'],
  'leave.text': ['O que você mudou ainda não foi salvo.', 'What you changed has not been saved.'],
  'leave.confirm': ['Sair sem salvar', 'Leave without saving'],
  'common.done': ['Pronto', 'Done'],
  'common.copy': ['Copiar', 'Copy'],
  'common.copied': ['Copiado', 'Copied'],
  'common.loading': ['Carregando…', 'Loading…'],
  'common.more': ['Mostrar mais', 'Show more'],
  'common.retry': ['Tentar de novo', 'Try again'],
  'common.save': ['Salvar', 'Save'],
  'common.saved': ['Salvo', 'Saved'],
  'nav.label': ['Páginas', 'Pages'],
  'nav.skip': ['Pular para o conteúdo', 'Skip to content'],
  'live.down': [
    'Sem conexão com o servidor. O que você vê pode estar desatualizado; tentando de novo…',
    'No connection to the server. What you see may be out of date; trying again…',
  ],
  'live.part': ['Sem conexão: esta página abre quando a conexão voltar.', 'No connection: this page opens when the connection is back.'],
  'live.dialog': [
    'Sem conexão: isto não abre agora. Tente de novo daqui a pouco.',
    'No connection: this does not open now. Try again in a moment.',
  ],
  'lost.title': ['Página não encontrada', 'Page not found'],
  'lost.help': [
    'O endereço pode ter mudado, ou o que estava aqui foi removido.',
    'The address may have changed, or what was here has been removed.',
  ],
  'lost.home': ['Ir para os clientes', 'Go to customers'],
  'language.label': ['Idioma', 'Language'],
  'language.help': ['Vale para este navegador.', 'Applies to this browser.'],
  'settings.title': ['Ajustes', 'Settings'],
} as const satisfies Catalogue
