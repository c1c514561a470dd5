/**
 * The page's modules that linking, text, restart and logout touch, through whatsapp-web.js or through ours. The probe reports which are
 * gone; a renamed one is known the same day.
 */
export const LINKING_MODULES: readonly string[] = [
  'WAWebSocketModel',
  'WAWebCmd',
  'WAWebConnModel',
  'WAWebOfflineHandler',
  'WAWebAltDeviceLinkingApi',
  'WABase64',
  'WAWebCompanionRegClientUtils',
  'WAWebAdvSignatureApi',
  'WAWebUserPrefsInfoStore',
  'WAWebSignalStoreApi',
  'WAWebUserPrefsMultiDevice',
]

export const MESSAGE_MODULES: readonly string[] = [
  'WAWebCollections',
  'WAWebUserPrefsMeUser',
  'WAWebWidFactory',
  'WAWebMsgKey',
  'WAWebSendMsgChatAction',
  'WAWebFindChatAction',
  'WAWebChatGetters',
  'WAWebGetEphemeralFieldsMsgActionsUtils',
  'WALinkify',
  'WAWebChatLoadMessages',
  'WAWebChatStateBridge',
  'WAWebApiContact',
  'WAWebQueryExistsJob',
  'WAWebSyncGatingUtils',
  'WAWebAddonReactionTableMode',
  'WAWebSendReactionMsgAction',
  'WAWebSendMessageEditAction',
  'WAWebMsgActionCapability',
  'WAWebMsgReply',
]
