import type { Catalogue } from '../catalogue.ts'

/** The command palette (`palette.*`) and the keyboard (`keyboard.*`). */
export const palette = {
  'palette.open': ['Ir para…', 'Go to…'],
  'palette.title': ['Ir para, ou fazer', 'Go to, or do'],
  'palette.placeholder': ['Cliente, contato, ação…', 'Customer, contact, action…'],
  'palette.none': ['Nada encontrado para “{q}”. Tente outra palavra.', 'Nothing found for “{q}”. Try another word.'],
  'palette.count': ['{count, plural, one {# resultado} other {# resultados}}', '{count, plural, one {# result} other {# results}}'],
  'palette.recent': ['Usados há pouco', 'Used lately'],
  'palette.here': ['Neste cliente', 'For this customer'],
  'palette.pages': ['Páginas e ações de clientes', 'Customers’ pages and actions'],
  'palette.actions': ['Ações', 'Actions'],
  'palette.restart': ['Religar o robô', 'Restart the bot'],
  'palette.restart-of': ['Religar o robô de…', 'Restart the bot of…'],
  'palette.restart.title': ['Religar o robô de {name}?', 'Restart the bot of {name}?'],
  'palette.link': ['Enviar link de conexão', 'Send a connection link'],
  'palette.link-of': ['Enviar link de conexão a…', 'Send a connection link to…'],
  'palette.to-english': ['Idioma: English', 'Language: English'],
  'palette.to-portuguese': ['Idioma: Português', 'Language: Português'],
  'keyboard.title': ['Atalhos de teclado', 'Keyboard shortcuts'],
  'keyboard.palette': ['Ir para qualquer cliente, conversa ou ação', 'Go to any customer, conversation or action'],
  'keyboard.sheet': ['Mostrar estes atalhos', 'Show these shortcuts'],
  'keyboard.search': ['Buscar nesta página', 'Search on this page'],
  'keyboard.send': ['Enviar a mensagem escrita', 'Send the message written'],
  'keyboard.line': ['Nova linha na mensagem', 'New line in the message'],
  'keyboard.close': ['Fechar o que está aberto', 'Close what is open'],
  'keyboard.next': ['Ir ao próximo botão ou campo', 'Go to the next button or field'],
  'keyboard.single': ['Atalhos de uma tecla só', 'Shortcuts of a single key'],
  'keyboard.single.hint': [
    'Desligue se você dita por voz, ou se eles atrapalham. Vale para este navegador.',
    'Switch them off if you dictate, or if they get in the way. Applies to this browser.',
  ],
} as const satisfies Catalogue
