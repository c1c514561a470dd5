import type { Catalogue } from '../catalogue.ts'

export const flow = {
  'flow.title': ['Fluxo, versão {version}', 'Flow, version {version}'],
  'flow.title.none': ['Primeiro fluxo', 'First flow'],
  'flow.help': [
    'O que o robô diz e pergunta, em JSON. Publicar vale na hora; quem já está em um diálogo termina na versão em que começou.',
    'What the bot says and asks, as JSON. Publishing takes effect at once; whoever is already in a dialogue ends in the version they began with.',
  ],
  'flow.none': ['Nenhum fluxo ativo: o robô só recebe, não responde.', 'No active flow: the bot only receives, it does not answer.'],
  'flow.none.next': ['Abaixo há um exemplo pronto. Mude os textos e publique.', 'Below is a ready example. Change its texts and publish.'],
  'flow.other-active': ['Agora a versão {version} está ativa.', 'Version {version} is active now.'],
  'flow.other-active.next': [
    'Publicar este texto cria uma versão nova, que a substitui.',
    'Publishing this text makes a new version that replaces it.',
  ],
  'flow.discard': ['Descartar', 'Discard'],
  'flow.discard.title': ['Descartar o que você mudou?', 'Discard what you changed?'],
  'flow.discard.text': [
    'O texto ainda não foi publicado. A outra versão toma o lugar dele.',
    'The text has not been published. The other version takes its place.',
  ],
  'flow.text': ['Texto do fluxo', 'Text of the flow'],
  'flow.publish': ['Publicar', 'Publish'],
  'flow.published': ['Versão {version} publicada e ativa.', 'Version {version} published and active.'],
  'flow.ok': ['Sem erros.', 'No mistakes.'],
  'flow.mistakes': ['{count, plural, one {# erro} other {# erros}}', '{count, plural, one {# mistake} other {# mistakes}}'],
  'flow.line': ['Linha {line}', 'Line {line}'],
  'flow.versions': ['Versões', 'Versions'],
  'flow.versions.help': ['Nenhuma se perde: dá para voltar a qualquer uma.', 'None is lost: you can go back to any of them.'],
  'flow.version': ['Versão {version}', 'Version {version}'],
  'flow.active': ['Ativa', 'Active'],
  'flow.show': ['Ver', 'View'],
  'flow.activate': ['Ativar', 'Activate'],
  'flow.deactivate': ['Desativar', 'Deactivate'],
  'flow.deactivate.title': ['Desativar o fluxo?', 'Deactivate the flow?'],
  'flow.deactivate.text': [
    'O robô continua recebendo mensagens, mas não responde mais a ninguém até um fluxo ser ativado.',
    'The bot goes on receiving messages but answers nobody until a flow is activated.',
  ],
  'flow.issue.json': [
    'Aqui o texto deixa de ser JSON. Veja se falta ou sobra uma vírgula, aspas ou chave.',
    'Here the text stops being JSON. See whether a comma, quote or brace is missing or too many.',
  ],
  'flow.issue.dangling': ['Não existe um nó chamado “{what}”.', 'There is no node called “{what}”.'],
  'flow.issue.circle': [
    'Volta a “{what}” sem nunca esperar uma resposta: giraria sem fim.',
    'Goes back to “{what}” without ever waiting for an answer: it would turn forever.',
  ],
  'flow.issue.long': [
    'Mais de {what} nós seguem daqui sem esperar uma resposta.',
    'More than {what} nodes follow here without waiting for an answer.',
  ],
  'flow.issue.unreachable': ['Nada leva até este nó.', 'Nothing leads to this node.'],
  'flow.issue.reserved': ['“{what}” vem do WhatsApp e não pode ser mudado.', '“{what}” comes from WhatsApp and cannot be changed.'],
  'flow.issue.timeout': [
    'Falta “timeout_minutes”: depois de quantos minutos sem resposta ir para cá.',
    '“timeout_minutes” is missing: after how many minutes without an answer to go here.',
  ],
  'flow.issue.regex': ['A expressão regular não é válida: {what}', 'The regular expression is not valid: {what}'],
  'flow.issue.regex-group': [
    'A expressão regular não pode olhar para a frente ou para trás, nem mudar opções no meio.',
    'The regular expression may not look ahead or behind, nor change flags midway.',
  ],
  'flow.issue.regex-reference': [
    'A expressão regular não pode se referir a grupos anteriores.',
    'The regular expression may not refer to earlier groups.',
  ],
  'flow.issue.regex-nested': [
    'A expressão regular tem uma repetição dentro de outra; desfaça uma delas.',
    'The regular expression repeats inside a repetition; undo one of them.',
  ],
  'flow.issue.regex-large': [
    'A expressão regular é grande demais: use contagens menores em chaves.',
    'The regular expression is too large: use smaller counts in braces.',
  ],
  'flow.issue.too-many': ['No máximo {what} nós.', 'At most {what} nodes.'],
  'flow.issue.node-name': [
    'Nome de nó: letras minúsculas, dígitos, - e _, começando por letra.',
    'Node name: lower-case letters, digits, - and _, starting with a letter.',
  ],
  'flow.issue.variable-name': [
    'Nome de variável: letras minúsculas, dígitos e _, começando por letra.',
    'Variable name: lower-case letters, digits and _, starting with a letter.',
  ],
} as const satisfies Catalogue
