/**
 * By which words an entry is found beside its title, folded: what it is called in the other language, and elsewhere. Written here, and not taken
 * from the texts: a browser has those of one language alone.
 */
export const WORDS: Readonly<Record<string, string>> = {
  connect: 'conectar connect qr',
  conversations: 'conversas conversations chats mensagens messages',
  flow: 'fluxo flow',
  details: 'detalhes details',
  restart: 'religar reiniciar o robo de restart the bot of',
  stop: 'parar desligar o robo de stop the bot of',
  link: 'enviar link de conexao send a connection pairing to',
  'go:/': 'clientes customers inicio home',
  'go:/alerts': 'alertas alerts',
  'go:/settings': 'ajustes configuracoes settings',
  'do:create': 'novo cliente new customer create criar',
  'do:language': 'idioma lingua language english ingles portugues portuguese',
  'do:theme-system': 'aparencia do aparelho tema automatico sistema appearance as the device automatic system theme',
  'do:theme-light': 'aparencia clara tema claro modo appearance light theme mode',
  'do:theme-dark': 'aparencia escura tema escuro modo appearance dark theme mode',
  'do:sheet': 'atalhos de teclado keyboard shortcuts',
  'do:sign-out': 'sair sign out log logout',
}
