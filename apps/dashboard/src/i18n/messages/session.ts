import type { Catalogue } from '../catalogue.ts'

export const session = {
  'session.sign-out': ['Sair', 'Sign out'],
  'sign-in.title': ['Entrar', 'Sign in'],
  'sign-in.help': ['Com o e-mail e a senha da sua conta.', 'With your account’s email and password.'],
  'sign-in.asked': ['Entre para abrir a página que você pediu.', 'Sign in to open the page that you asked for.'],
  'sign-in.over': [
    'Entre de novo, e você volta à página em que estava. O que escreveu nas conversas está guardado.',
    'Sign in again, and you are back on the page where you were. What you wrote in conversations is kept.',
  ],
  'session.over.title': ['Sua sessão terminou', 'Your session is over'],
  'session.over.text': [
    'Entre de novo para continuar de onde parou. O que você escreveu segue aqui.',
    'Sign in again to go on where you were. What you wrote is still here.',
  ],
  'sign-in.email': ['E-mail', 'Email'],
  'sign-in.password': ['Senha', 'Password'],
  'sign-in.submit': ['Entrar', 'Sign in'],
  'sign-in.use-password': ['Entrar com e-mail e senha', 'Sign in with email and password'],
  'sign-in.refused': ['E-mail ou senha não conferem.', 'Email or password do not match.'],
  'sign-in.refused.hint': [
    'Confira os dois e tente de novo. Sem senha? Peça um link de acesso a quem opera o servidor.',
    'Check both and try again. No password? Ask whoever runs the server for a sign-in link.',
  ],
  'sign-in.link.title': ['Link de acesso', 'Sign-in link'],
  'sign-in.link.help': ['Este link vale uma única vez.', 'This link works once.'],
  'sign-in.link.submit': ['Entrar agora', 'Sign in now'],
  'sign-in.link.refused': ['Este link já foi usado ou venceu.', 'This link has been used or has expired.'],
  'sign-in.link.refused.hint': [
    'Entre com e-mail e senha, ou peça um link novo a quem opera o servidor.',
    'Sign in with email and password, or ask whoever runs the server for a new link.',
  ],
  'session.sign-out.title': ['Sair e perder o que você escreveu?', 'Sign out and lose what you wrote?'],
  'session.sign-out.text': [
    'Há textos seus que não foram enviados. Ao sair, eles são apagados deste navegador.',
    'There is text of yours that was not sent. Signing out removes it from this browser.',
  ],
  'password.title': ['Senha', 'Password'],
  'password.help': [
    'Ao menos 10 caracteres. Na primeira hora depois de entrar por link, a senha atual pode ficar em branco.',
    'At least 10 characters. Within an hour of signing in by link, the current password may be left empty.',
  ],
  'password.email': ['Você entra com o e-mail {email} e esta senha.', 'You sign in with the email {email} and this password.'],
  'password.current': ['Senha atual', 'Current password'],
  'password.new': ['Nova senha', 'New password'],
  'password.again': ['Nova senha, outra vez', 'New password, once more'],
  'password.differs': ['As duas não são iguais.', 'The two are not the same.'],
  'password.short': ['Use ao menos 10 caracteres.', 'Use at least 10 characters.'],
  'password.submit': ['Trocar a senha', 'Change the password'],
  'password.done': ['Senha trocada.', 'Password changed.'],
  'password.wrong': ['A senha atual não confere.', 'The current password does not match.'],
  'password.wrong.hint': ['Digite-a de novo, ou saia e peça um link de acesso.', 'Type it again, or sign out and ask for a sign-in link.'],
} as const satisfies Catalogue
