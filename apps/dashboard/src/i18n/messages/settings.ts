import type { Catalogue } from '../catalogue.ts'

export const settings = {
  'api-keys.title': ['Chaves de API', 'API keys'],
  'api-keys.help': [
    'Para os seus sistemas chamarem a API no lugar de uma pessoa. Quem tem uma chave pode tudo que você pode.',
    'For your systems to call the API in place of a person. Whoever holds a key can do all that you can.',
  ],
  'api-keys.docs': ['Documentação da API', 'API documentation'],
  'api-keys.none': ['Nenhuma chave ainda.', 'No keys yet.'],
  'api-keys.name': ['Nome da chave', 'Key name'],
  'api-keys.name.hint': ['Quem vai usá-la. Por exemplo: site da loja.', 'Who will use it. For example: shop website.'],
  'api-keys.create': ['Criar chave', 'Create key'],
  'api-keys.created': ['Chave criada', 'Key created'],
  'api-keys.once': ['Esta chave aparece só agora.', 'This key is shown only now.'],
  'api-keys.once.why': [
    'Copie-a antes de fechar. Perdeu? Revogue esta e crie outra.',
    'Copy it before you close. Lost it? Revoke this one and create another.',
  ],
  'api-keys.created-at': ['Criada', 'Created'],
  'api-keys.used-at': ['usada', 'used'],
  'api-keys.never-used': ['nunca usada', 'never used'],
  'api-keys.revoke': ['Revogar', 'Revoke'],
  'api-keys.revoke.label': ['Revogar {name}', 'Revoke {name}'],
  'api-keys.revoke.title': ['Revogar a chave {name}?', 'Revoke the key {name}?'],
  'api-keys.revoke.text': [
    'O que a usa deixa de funcionar na hora. Não dá para desfazer.',
    'What uses it stops working at once. This cannot be undone.',
  ],
} as const satisfies Catalogue
