/** What machines say of a connection that did not come about. Inside a sentence, after a bracket or a dot: they begin small. */
export const faults = {
  'fault.name': ['o endereço {host} não existe na internet', 'the name {host} is not known on the internet'],
  'fault.refused': ['ninguém atende em {host}', 'nobody answers at {host}'],
  'fault.unreachable': ['não há caminho até {host}', 'there is no way to {host}'],
  'fault.timeout': ['a conexão não se abriu a tempo', 'the connection did not open in time'],
  'fault.no-answer': ['sem resposta em {seconds} s', 'no answer within {seconds} s'],
  'fault.broke': ['a conexão caiu no meio', 'the connection broke off'],
  'fault.certificate-expired': ['o certificado de lá venceu', 'its certificate has expired'],
  'fault.certificate-unknown': ['o certificado de lá não é de uma autoridade conhecida', 'its certificate is of no known authority'],
  'fault.certificate-other': ['o certificado de lá é de outro endereço', 'its certificate is for another name'],
  'fault.redirect': ['respondeu {status}: redirecionamentos não são seguidos', 'answered {status}: redirects are not followed'],
  'fault.status': ['respondeu {status}', 'answered {status}'],
} as const
