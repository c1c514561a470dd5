import type { Catalogue } from '../catalogue.ts'

/** How a bot stands (`state.*`, `bot.*`) and why (`reason.*`). */
export const bot = {
  'bot.none': ['Sem robô', 'No bot'],
  'bot.none.advice': [
    'Marque a assinatura como paga, em Detalhes: o robô é criado na hora.',
    'Set the subscription to paid, under Details: the bot is made at once.',
  ],
  'bot.booting': ['Ligando o robô', 'Starting the bot'],
  'bot.booting.advice': ['Costuma levar poucos segundos. Nada a fazer.', 'This usually takes a few seconds. Nothing to do.'],
  'bot.unmade': ['O robô não pôde ser criado', 'The bot could not be made'],
  'bot.unmade.advice': [
    'O servidor o recusou. Resolvido o motivo, ele liga sozinho em até 5 minutos.',
    'The server refused it. Once the reason is put right, it starts by itself within 5 minutes.',
  ],
  'bot.unreachable': ['O servidor do robô não responde', 'The bot’s server does not answer'],
  'bot.unreachable.advice': [
    'O que já roda segue rodando, e tentamos de novo sozinhos. Confira a máquina e o Docker.',
    'What runs goes on running, and we try again by ourselves. Check the machine and its Docker.',
  ],
  'bot.silent': ['Sem sinal do robô', 'No sign of the bot'],
  'bot.silent.advice': [
    'Ele será religado sozinho. Nenhuma mensagem se perde: o que chegar agora entra depois.',
    'It will be restarted by itself. No message is lost: what arrives now comes in later.',
  ],
  'bot.stopping': ['Parando o robô', 'Stopping the bot'],
  'bot.stopping.advice': ['Ele fecha a sessão direito antes de sair.', 'It closes its session properly before it leaves.'],
  'bot.stopped': ['Robô parado', 'Bot stopped'],
  'bot.stopped.advice': [
    'Alguém o parou. As mensagens esperam no WhatsApp até ele ser ligado.',
    'Somebody stopped it. Messages wait at WhatsApp until it is started.',
  ],
  'bot.removing': ['Removendo o robô', 'Removing the bot'],
  'bot.removing.advice': ['A sessão do WhatsApp fica guardada.', 'The WhatsApp session is kept.'],
  'bot.removed': ['Robô removido', 'Bot removed'],
  'bot.removed.advice': [
    'A sessão do WhatsApp está guardada. Com a assinatura paga, ele pode ser ligado de novo.',
    'The WhatsApp session is kept. With the subscription paid, it can be started again.',
  ],
  'state.starting': ['Preparando o WhatsApp', 'Preparing WhatsApp'],
  'state.qr_ready': ['Esperando o celular', 'Waiting for the phone'],
  'state.pairing': ['Ligando ao celular', 'Linking to the phone'],
  'state.passkey_required': ['O celular pede a chave de acesso', 'The phone asks for a passkey'],
  'state.passkey_required.advice': [
    'No celular, confirme a chave de acesso (digital, rosto ou senha da tela). Se ele não perguntar nada, comece de novo.',
    'On the phone, confirm the passkey (fingerprint, face or screen lock). If it asks nothing, start again.',
  ],
  'state.syncing': ['Carregando conversas', 'Loading conversations'],
  'state.connected': ['Conectado', 'Connected'],
  'state.connected.advice': ['As mensagens chegam e saem.', 'Messages come in and go out.'],
  'state.reconnecting': ['Reconectando', 'Reconnecting'],
  'state.conflict': ['Aberto em outro lugar', 'Open somewhere else'],
  'state.conflict.advice': [
    'Outro navegador assumiu esta sessão do WhatsApp. Feche-o lá, ou traga a sessão de volta para cá.',
    'Another browser took over this WhatsApp session. Close it there, or bring the session back here.',
  ],
  'state.logged_out': ['Desconectado do celular', 'Unlinked from the phone'],
  'state.banned': ['Número bloqueado pelo WhatsApp', 'Number blocked by WhatsApp'],
  'state.banned.advice': [
    'Só o dono do número resolve: abra o WhatsApp no celular e peça uma análise. Enquanto isso, nada é enviado.',
    'Only the number’s owner can solve this: open WhatsApp on the phone and request a review. Nothing is sent meanwhile.',
  ],
  'state.restoring': ['Trazendo a sessão de volta', 'Bringing the session back'],
  'state.failed': ['Parou e precisa de ajuda', 'Stopped and needs help'],
  'reason.boot': ['O robô acabou de ligar.', 'The bot has just started.'],
  'reason.restoring': ['Ela vem de uma cópia e abre sozinha. Nada a fazer.', 'It comes from a copy and opens by itself. Nothing to do.'],
  'reason.waiting_for_grant': [
    'Esperando a vez de abrir a sessão. Nada a fazer.',
    'Waiting for its turn to open the session. Nothing to do.',
  ],
  'reason.engine_starting': ['Abrindo o WhatsApp Web. Nada a fazer.', 'Opening WhatsApp Web. Nothing to do.'],
  'reason.waiting_for_scan': ['Escaneie o QR com o celular.', 'Scan the QR with the phone.'],
  'reason.qr_paused': ['Ninguém escaneou por 10 minutos, e o QR descansou.', 'Nobody scanned for 10 minutes, so the QR took a rest.'],
  'reason.pairing_code_requested': ['Digite o código no celular.', 'Type the code on the phone.'],
  'reason.scanned': ['Escaneado! O celular está confirmando.', 'Scanned! The phone is confirming.'],
  'reason.passkey': ['Confirme a chave de acesso no celular.', 'Confirm the passkey on the phone.'],
  'reason.history_sync': [
    'O celular está mandando as conversas. Deixe-o ligado, com internet.',
    'The phone is sending its conversations. Keep it on and online.',
  ],
  'reason.ready': ['As mensagens chegam e saem.', 'Messages come in and go out.'],
  'reason.network_lost': ['O servidor ficou sem internet. Volta sozinho.', 'The server lost its internet. It comes back by itself.'],
  'reason.phone_offline': [
    'O celular está sem internet. Volta sozinho quando ele voltar.',
    'The phone is offline. It comes back by itself when the phone does.',
  ],
  'reason.page_unreachable': [
    'O WhatsApp Web não respondeu. Tentamos de novo sozinhos.',
    'WhatsApp Web did not answer. We try again by ourselves.',
  ],
  'reason.page_timeout': [
    'O WhatsApp Web demorou demais. Tentamos de novo sozinhos.',
    'WhatsApp Web took too long. We try again by ourselves.',
  ],
  'reason.browser_crashed': ['O navegador do robô caiu e está sendo reaberto.', 'The bot’s browser crashed and is being reopened.'],
  'reason.renderer_crashed': ['A página do WhatsApp caiu e está sendo reaberta.', 'WhatsApp’s page crashed and is being reopened.'],
  'reason.renderer_frozen': ['A página do WhatsApp travou e está sendo reaberta.', 'WhatsApp’s page froze and is being reopened.'],
  'reason.memory_reload': ['Recarregando para liberar memória. Leva segundos.', 'Reloading to free memory. It takes seconds.'],
  'reason.opened_elsewhere': ['A sessão foi aberta em outro navegador.', 'The session was opened in another browser.'],
  'reason.logout_by_phone': [
    'Alguém removeu este aparelho no celular, em Dispositivos conectados. Escaneie de novo para voltar.',
    'Somebody removed this device on the phone, under Linked devices. Scan again to come back.',
  ],
  'reason.logout_by_command': ['Desconectado por aqui. Escaneie para conectar de novo.', 'Logged out from here. Scan to connect again.'],
  'reason.account_banned': ['O WhatsApp bloqueou este número.', 'WhatsApp blocked this number.'],
  'reason.engine_incompatible': [
    'O WhatsApp Web mudou e o robô ainda não entende a versão nova. Atualize o Zaptria.',
    'WhatsApp Web changed and the bot does not understand the new version yet. Update Zaptria.',
  ],
  'reason.browser_missing': [
    'Falta o Chromium no servidor. Instale o pacote chromium-headless-shell.',
    'The server has no Chromium. Install the package chromium-headless-shell.',
  ],
  'reason.sandbox_unavailable': [
    'O servidor não deixa o navegador se isolar. Permita os user namespaces, ou desligue o isolamento de propósito com ZAPTRIA_BROWSER_SANDBOX=off.',
    'The server does not let the browser sandbox itself. Allow user namespaces, or turn the sandbox off on purpose with ZAPTRIA_BROWSER_SANDBOX=off.',
  ],
  'reason.volume_locked': [
    'Outro processo usa os arquivos deste robô. Esperamos ele sair.',
    'Another process uses this bot’s files. We wait until it leaves.',
  ],
  'reason.disk_full': [
    'O disco do servidor está cheio. Libere espaço; o robô continua sozinho.',
    'The server’s disk is full. Free some space; the bot goes on by itself.',
  ],
  'reason.grant_denied': [
    'Este robô ainda está aberto em outro lugar. Esperamos ele fechar.',
    'This bot is still open somewhere else. We wait until it closes.',
  ],
  'reason.stopped': ['O robô foi parado.', 'The bot was stopped.'],
} as const satisfies Catalogue
