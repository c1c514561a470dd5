import type { Catalogue } from '../catalogue.ts'

export const quickReplies = {
  'quick.title': ['Respostas rápidas', 'Quick replies'],
  'quick.help': [
    'Textos prontos para quem responde: digite / e o atalho na conversa.',
    'Texts ready for whoever answers: type / and the shortcut in the chat.',
  ],
  'quick.open': ['Respostas rápidas (ou digite /)', 'Quick replies (or type /)'],
  'quick.manage': ['Gerenciar', 'Manage'],
  'quick.create': ['Nova resposta rápida', 'New quick reply'],
  'quick.none': [
    'Nenhuma ainda. Crie a primeira: uma saudação, o horário, a chave Pix…',
    'None yet. Make the first: a greeting, the opening hours…',
  ],
  'quick.none-fits': [
    'Nenhuma resposta rápida com “{typed}”. Crie uma em “Gerenciar”.',
    'No quick reply with “{typed}”. Make one under “Manage”.',
  ],
  'quick.enter-again': ['Enter de novo envia o texto como está.', 'Enter again sends the text as it is.'],
  'quick.found': [
    '{count, plural, one {# resposta rápida} other {# respostas rápidas}}. Setas escolhem, Enter insere, Esc fecha.',
    '{count, plural, one {# quick reply} other {# quick replies}}. Arrows choose, Enter inserts, Esc closes.',
  ],
  'quick.shortcut': ['Atalho', 'Shortcut'],
  'quick.shortcut.hint': ['Uma palavra, por exemplo: horario', 'One word, for example: hours'],
  'quick.shortcut.wrong': [
    'Use só letras, números, hífen e sublinhado, sem espaços.',
    'Use letters, digits, hyphens and underscores alone, without spaces.',
  ],
  'quick.body': ['Texto', 'Text'],
  'quick.body.hint': ['{placeholder} vira o primeiro nome do contato.', '{placeholder} becomes the contact’s first name.'],
  'quick.placeholder': ["'{{'nome'}}'", "'{{'name'}}'"],
  'quick.edit': ['Editar /{shortcut}', 'Edit /{shortcut}'],
  'quick.discard': ['Descartar', 'Discard'],
  'quick.discard.title': ['Descartar o que você escreveu?', 'Discard what you have written?'],
  'quick.discard.text': ['Esta resposta rápida ainda não foi salva.', 'This quick reply has not been saved.'],
  'quick.remove': ['Remover /{shortcut}', 'Remove /{shortcut}'],
  'quick.remove.title': ['Remover a resposta /{shortcut}?', 'Remove the reply /{shortcut}?'],
  'quick.remove.text': [
    'Ela some da lista de todos que respondem aqui. O que já foi enviado com ela fica.',
    'It goes from the list of everybody who answers here. What was sent with it stays.',
  ],
  'quick.remove.confirm': ['Remover', 'Remove'],
} as const satisfies Catalogue
