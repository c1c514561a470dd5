import type { FlowInput } from '@zaptria/contract'

/** The demo tenant's flow, in the language of its contacts. */
export const SAMPLE_FLOW: FlowInput = {
  format: 1,
  name: 'Atendimento',
  trigger: { type: 'any' },
  start: 'saudacao',
  nodes: {
    saudacao: { type: 'text', text: 'Olá, {{push_name}}! Aqui é a Padaria da Praça. 🥖', next: 'menu' },
    menu: {
      type: 'menu',
      text: 'Como podemos ajudar? Responda com o número:',
      options: [
        { label: 'Horários', next: 'horarios' },
        { label: 'Preços', next: 'precos' },
        { label: 'Falar com um atendente', next: 'assunto' },
      ],
      invalid_text: 'Desculpe, não entendi. Responda com o número de uma das opções.',
      max_invalid: 3,
      on_invalid: 'atendente',
    },
    horarios: { type: 'text', text: 'Abrimos de segunda a sábado, das 6h às 20h, e aos domingos das 7h às 13h.', next: 'mais' },
    precos: {
      type: 'text',
      text: 'Pão francês: R$ 18,90/kg\nPão de queijo: R$ 4,50\nBolo caseiro: a partir de R$ 25,00',
      next: 'mais',
    },
    mais: { type: 'ask', text: 'Posso ajudar em mais alguma coisa? (sim ou não)', save_as: 'mais', next: 'decide_mais' },
    decide_mais: {
      type: 'condition',
      variable: 'mais',
      cases: [
        { operator: 'regex', value: '^\\s*(n[aã]o|nada|obrigad[oa]|valeu)(\\s|\\p{P}|$)', next: 'tchau' },
        { operator: 'contains', value: 'atendente', next: 'assunto' },
      ],
      otherwise: 'menu',
    },
    assunto: { type: 'ask', text: 'Claro! Em poucas palavras, qual é o assunto?', save_as: 'assunto', next: 'atendente' },
    atendente: { type: 'handover', text: 'Obrigado! Um atendente vai responder por aqui em instantes.' },
    tchau: { type: 'end', text: 'Obrigado pelo contato. Até logo!' },
  },
  expire_after_minutes: 60,
  resume_after_minutes: 120,
}
