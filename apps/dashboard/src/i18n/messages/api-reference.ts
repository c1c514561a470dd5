import type { Catalogue } from '../catalogue.ts'

/** Around the API's own words, which are in English in every language. */
export const apiReference = {
  'reference.title': ['Referência da API', 'API reference'],
  'reference.text': [
    'Tudo que o painel faz, os seus sistemas também fazem. As descrições de cada pedido estão em inglês, como a própria API.',
    'All that the dashboard does, your systems can do too.',
  ],
  'reference.openapi': ['Documento OpenAPI 3.1, para gerar clientes', 'OpenAPI 3.1 document, for client generators'],
  'reference.search': ['Buscar pedido, caminho ou código de erro', 'Search requests, paths or error codes'],
  'reference.search.short': ['Buscar na API', 'Search the API'],
  'reference.found': ['{count, plural, one {# pedido} other {# pedidos}}', '{count, plural, one {# request} other {# requests}}'],
  'reference.nothing': ['Nada aqui tem essas palavras.', 'Nothing here has these words.'],
  'reference.nothing.hint': [
    'Busque por um nome da API, como messages, por um caminho ou por um código de erro.',
    'Search for one of the API’s nouns, such as messages, a path, or an error code.',
  ],
  'reference.clear': ['Limpar a busca', 'Clear the search'],
  'reference.contents': ['Conteúdo', 'Contents'],
  'reference.link': ['Endereço de {title}', 'Link to {title}'],
  'reference.copy': ['Copiar: {what}', 'Copy: {what}'],
  'reference.example': ['Exemplo de {title} em', 'Example of {title} in'],
  'reference.in-path': ['No caminho', 'In the path'],
  'reference.in-query': ['Na consulta', 'In the query'],
  'reference.in-header': ['No cabeçalho', 'In the header'],
  'reference.body': ['Corpo', 'Body'],
  'reference.body.file': ['O próprio arquivo, com o tipo dele em Content-Type.', 'The file itself, with its type in Content-Type.'],
  'reference.answer': ['Resposta', 'Answer'],
  'reference.answer.example': ['Exemplo de resposta {status}', 'Example of the {status} answer'],
  'reference.required': ['obrigatório', 'required'],
  'reference.not-always': ['nem sempre vem', 'not always there'],
  'reference.fields': ['O que há em {name}', 'What is in {name}'],
  'reference.one-of': ['Um destes:', 'One of these:'],
  'reference.any-name': ['(qualquer nome)', '(any name)'],
  'reference.limit.length': ['{range} caracteres', '{range} characters'],
  'reference.limit.items': ['{range} itens', '{range} items'],
  'reference.limit.value': ['{range}', '{range}'],
  'reference.limit.default': ['padrão: {value}', 'default: {value}'],
  'reference.limit.filled': ['não pode ficar em branco', 'not blank'],
  'reference.limit.pattern': ['formato: {pattern}', 'pattern: {pattern}'],
  'reference.by.key': ['Quem pede: chave de API.', 'Who may ask: an API key.'],
  'reference.by.session': ['Quem pede: uma pessoa com sessão no painel.', 'Who may ask: a person signed in to the dashboard.'],
  'reference.by.bot': [
    'Quem pede: um robô seu, com o token dele em X-Bot-Token.',
    'Who may ask: a bot of yours, with its token in X-Bot-Token.',
  ],
  'reference.by.anyone': ['Quem pede: qualquer um.', 'Who may ask: anyone.'],
  'reference.auth': ['Autenticação', 'Authentication'],
  'reference.auth.text': [
    'Envie a chave de API em cada pedido, no cabeçalho `Authorization`.',
    'Send the API key with every request, in the header `Authorization`.',
  ],
  'reference.auth.care': [
    'Quem tem uma chave pode tudo que um operador pode: guarde-a no seu servidor, nunca em uma página ou aplicativo.',
    'Whoever has a key can do all that an operator can: keep it on your server, never in a page or an app.',
  ],
  'reference.auth.make': ['Criar uma chave nos ajustes', 'Make a key in the settings'],
  'reference.auth.format': [
    'Corpos e respostas são JSON em UTF-8, e horas são ISO 8601 em UTC. Respostas podem ganhar campos: ignore os que não conhece. Campos desconhecidos em um corpo são recusados.',
    'Bodies and answers are JSON in UTF-8, times are ISO 8601 in UTC. Answers may gain fields: ignore those you do not know. Unknown fields in a body are refused.',
  ],
  'reference.idempotency': ['Repetir sem duplicar', 'Repeat without doubling'],
  'reference.idempotency.text': [
    'Envie `Idempotency-Key` com cada POST que cria algo: qualquer palavra sua, um UUID por exemplo, a mesma a cada nova tentativa. O pedido acontece uma vez só.',
    'Send `Idempotency-Key` with each POST that creates something: any word of yours, for example a UUID, the same for each retry. The request happens once.',
  ],
  'reference.idempotency.again': [
    'Quem repete recebe a primeira resposta, com `Idempotent-Replayed: true`. Outro pedido com a mesma chave é recusado com `idempotency_key_reused`. Chaves valem por um dia.',
    'Whoever repeats it gets the first answer, with `Idempotent-Replayed: true`. Another request with the same key is refused with `idempotency_key_reused`. Keys are kept for a day.',
  ],
  'reference.errors': ['Erros', 'Errors'],
  'reference.errors.text': [
    'Todo erro é `application/problem+json` (RFC 9457). Decida por `code`, que não muda; os textos são para pessoas.',
    'Every error is `application/problem+json` (RFC 9457). Go by `code`, which does not change; the texts are for people.',
  ],
  'reference.errors.fields': [
    '`detail` diz mais quando há o que dizer, `errors` aponta cada campo errado (`path`, e um `code` como `too_big` ou `address_forbidden`), e `instance` traz o número do pedido: é o mesmo do cabeçalho `X-Request-Id` e do log do servidor.',
    '`detail` says more where there is more, `errors` points at each wrong field (`path`, and a `code` like `too_big` or `address_forbidden`), and `instance` holds the request’s id: the same as in the header `X-Request-Id` and the server’s log.',
  ],
  'reference.errors.all': ['Todos os códigos', 'All codes'],
  'reference.errors.count': [
    '{count, plural, one {# erro possível} other {# erros possíveis}}',
    '{count, plural, one {# possible error} other {# possible errors}}',
  ],
  'reference.paging': ['Listas em páginas', 'Lists in pages'],
  'reference.paging.text': [
    'Listas trazem `items` e `next`. Passe `next` como `cursor` para a página seguinte; `null` é o fim. `limit` vai de 1 a 200, e sem ele são 50.',
    'Lists hold `items` and `next`. Pass `next` as `cursor` for the page that follows; `null` is the end. `limit` is 1 to 200, 50 without it.',
  ],
  'reference.limits': ['Limites', 'Limits'],
  'reference.limits.text': [
    'Cada chave pode fazer 60 pedidos por segundo. Além disso a resposta é 429, `rate_limited`: espere o que diz `Retry-After`, em segundos.',
    'Each key may make 60 requests a second. Beyond that the answer is 429, `rate_limited`: wait as long as `Retry-After` says, in seconds.',
  ],
  'reference.limits.size': [
    'Um corpo tem até 1 MiB, menos o de um arquivo enviado, cujo limite é o da instalação (64 MB por documento e 16 MB pelo resto, se nada foi mudado).',
    'A body has up to 1 MiB, but for that of an uploaded file, whose limit is the installation’s (64 MB for a document and 16 MB for all else, unless changed).',
  ],
  'reference.receiving': ['Receber webhooks', 'Receiving webhooks'],
  'reference.receiving.text': [
    'O que acontece em um cliente é enviado por POST aos endereços que você cadastrar em `/tenants/…/webhooks`, com `type`, `timestamp`, `tenant_id` e `data`.',
    'What happens in a tenant is posted to the addresses that you register at `/tenants/…/webhooks`, with `type`, `timestamp`, `tenant_id` and `data`.',
  ],
  'reference.receiving.sign': [
    'Cada envio é assinado como diz o Standard Webhooks 1.0.0: cabeçalhos `webhook-id`, `webhook-timestamp` e `webhook-signature`. Confira com a biblioteca da sua linguagem.',
    'Each post is signed as Standard Webhooks 1.0.0 says: headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. Check it with the library for your language.',
  ],
  'reference.receiving.answer': [
    'Responda 2xx em até 15 segundos, de preferência na hora: ponha o evento em uma fila sua e trabalhe depois. Todo o resto é falha, e é tentado de novo por mais de um dia; `410` desliga o webhook.',
    'Answer 2xx within 15 seconds, best at once: put the event in a queue of yours and work on it later. Anything else is a failure, and is tried again for more than a day; `410` switches the webhook off.',
  ],
  'reference.receiving.promise': [
    'Cada evento chega pelo menos uma vez, e em ordem dentro de uma conversa. Quando vem de novo, traz o mesmo `webhook-id`: guarde os que já recebeu. Tipos e campos novos podem surgir: ignore o que não conhece.',
    'Each event comes at least once, and in order within a conversation. When it comes again, it has the same `webhook-id`: keep those that you have taken. New types and fields may come: ignore what you do not know.',
  ],
} as const satisfies Catalogue
