import type { Catalogue } from '../catalogue.ts'

/** What a version changes: before it is published, and before one goes back to it. */
export const flowChanges = {
  'flow.publish.title': ['Publicar o fluxo?', 'Publish the flow?'],
  'flow.publish.first': [
    'Nenhum fluxo está ativo. Ao publicar, o robô passa a responder com este.',
    'No flow is active. Once published, the bot answers with this one.',
  ],
  'flow.publish.against': [
    'O que muda em relação à versão {version}, que está ativa agora. Vale na hora.',
    'What changes against version {version}, which is active now. It takes effect at once.',
  ],
  'flow.activate': ['Ativar…', 'Activate…'],
  'flow.activate.title': ['Ativar a versão {version}?', 'Activate version {version}?'],
  'flow.activate.first': [
    'Nenhum fluxo está ativo. Ao ativar, o robô passa a responder com este.',
    'No flow is active. Once activated, the bot answers with this one.',
  ],
  'flow.activate.show': ['Abrir no editor', 'Open in the editor'],
  'flow.activate.confirm': ['Ativar a versão {version}', 'Activate version {version}'],
  'flow.changes.none': ['Nada muda: é o mesmo fluxo.', 'Nothing changes: it is the same flow.'],
  'flow.changes.added': ['{count, plural, one {# nó novo} other {# nós novos}}', '{count, plural, one {# new node} other {# new nodes}}'],
  'flow.changes.changed': [
    '{count, plural, one {# nó mudado} other {# nós mudados}}',
    '{count, plural, one {# node changed} other {# nodes changed}}',
  ],
  'flow.changes.removed': [
    '{count, plural, one {# nó removido} other {# nós removidos}}',
    '{count, plural, one {# node removed} other {# nodes removed}}',
  ],
  'flow.changes.fields': [
    '{count, plural, one {# ajuste mudado} other {# ajustes mudados}}',
    '{count, plural, one {# setting changed} other {# settings changed}}',
  ],
  'flow.changes.new': ['Novos', 'New'],
  'flow.changes.different': ['Mudados', 'Changed'],
  'flow.changes.gone': ['Removidos', 'Removed'],
  'flow.changes.settings': ['Ajustes', 'Settings'],
  'flow.diff': ['Diferenças, linha por linha', 'Differences, line by line'],
  'flow.diff.old': ['Linha antes', 'Line before'],
  'flow.diff.now': ['Linha depois', 'Line after'],
  'flow.diff.sign': ['O que acontece', 'What happens'],
  'flow.diff.text': ['Conteúdo', 'Content'],
  'flow.diff.comes': ['entra', 'comes'],
  'flow.diff.goes': ['sai', 'goes'],
} as const satisfies Catalogue
