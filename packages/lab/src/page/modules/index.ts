import type { Page } from '../app/page.ts'
import { make as WABase64 } from './WABase64.ts'
import { make as WALinkify } from './WALinkify.ts'
import { make as WAWebAddonPollVoteTableMode } from './WAWebAddonPollVoteTableMode.ts'
import { make as WAWebAddonReactionTableMode } from './WAWebAddonReactionTableMode.ts'
import { make as WAWebAdvSignatureApi } from './WAWebAdvSignatureApi.ts'
import { make as WAWebAltDeviceLinkingApi } from './WAWebAltDeviceLinkingApi.ts'
import { make as WAWebApiContact } from './WAWebApiContact.ts'
import { make as WAWebBackendJobsCommon } from './WAWebBackendJobsCommon.ts'
import { make as WAWebCallCollection } from './WAWebCallCollection.ts'
import { make as WAWebChatGetters } from './WAWebChatGetters.ts'
import { make as WAWebChatLoadMessages } from './WAWebChatLoadMessages.ts'
import { make as WAWebChatStateBridge } from './WAWebChatStateBridge.ts'
import { make as WAWebCmd } from './WAWebCmd.ts'
import { make as WAWebCollections } from './WAWebCollections.ts'
import { make as WAWebCompanionRegClientUtils } from './WAWebCompanionRegClientUtils.ts'
import { make as WAWebConnModel } from './WAWebConnModel.ts'
import { make as WAWebContactGetters } from './WAWebContactGetters.ts'
import { make as WAWebContactProfilePicThumbBridge } from './WAWebContactProfilePicThumbBridge.ts'
import { make as WAWebDownloadManager } from './WAWebDownloadManager.ts'
import { make as WAWebE2EProtoUtils } from './WAWebE2EProtoUtils.ts'
import { make as WAWebFindChatAction } from './WAWebFindChatAction.ts'
import { make as WAWebFrontendContactGetters } from './WAWebFrontendContactGetters.ts'
import { make as WAWebGetEphemeralFieldsMsgActionsUtils } from './WAWebGetEphemeralFieldsMsgActionsUtils.ts'
import { make as WAWebJidToWid } from './WAWebJidToWid.ts'
import { make as WAWebLaunchSocketUtils } from './WAWebLaunchSocketUtils.ts'
import { make as WAWebLidMigrationUtils } from './WAWebLidMigrationUtils.ts'
import { make as WAWebLinkPreviewChatAction } from './WAWebLinkPreviewChatAction.ts'
import { make as WAWebMediaDataUtils } from './WAWebMediaDataUtils.ts'
import { make as WAWebMediaInMemoryBlobCache } from './WAWebMediaInMemoryBlobCache.ts'
import { make as WAWebMediaMmsV4Upload } from './WAWebMediaMmsV4Upload.ts'
import { make as WAWebMediaOpaqueData } from './WAWebMediaOpaqueData.ts'
import { make as WAWebMediaStorage } from './WAWebMediaStorage.ts'
import { make as WAWebMiscBrowserUtils } from './WAWebMiscBrowserUtils.ts'
import { make as WAWebMmsMediaTypes } from './WAWebMmsMediaTypes.ts'
import { make as WAWebMsgActionCapability } from './WAWebMsgActionCapability.ts'
import { make as WAWebMsgKey } from './WAWebMsgKey.ts'
import { make as WAWebMsgReply } from './WAWebMsgReply.ts'
import { make as WAWebNonMessageDataRequestPlaceholderMessageResendUtils } from './WAWebNonMessageDataRequestPlaceholderMessageResendUtils.ts'
import { make as WAWebOfflineHandler } from './WAWebOfflineHandler.ts'
import { make as WAWebPrepRawMedia } from './WAWebPrepRawMedia.ts'
import { make as WAWebPresenceChatAction } from './WAWebPresenceChatAction.ts'
import { make as WAWebQueryExistsJob } from './WAWebQueryExistsJob.ts'
import { make as WAWebQuotedMsgModelUtils } from './WAWebQuotedMsgModelUtils.ts'
import { make as WAWebSendMessageEditAction } from './WAWebSendMessageEditAction.ts'
import { make as WAWebSendMsgChatAction } from './WAWebSendMsgChatAction.ts'
import { make as WAWebSendReactionMsgAction } from './WAWebSendReactionMsgAction.ts'
import { make as WAWebSignalStoreApi } from './WAWebSignalStoreApi.ts'
import { make as WAWebSocketModel } from './WAWebSocketModel.ts'
import { make as WAWebStartMediaUploadQpl } from './WAWebStartMediaUploadQpl.ts'
import { make as WAWebStreamModel } from './WAWebStreamModel.ts'
import { make as WAWebSyncGatingUtils } from './WAWebSyncGatingUtils.ts'
import { make as WAWebUpdateUnreadChatAction } from './WAWebUpdateUnreadChatAction.ts'
import { make as WAWebUploadManager } from './WAWebUploadManager.ts'
import { make as WAWebUserPrefsInfoStore } from './WAWebUserPrefsInfoStore.ts'
import { make as WAWebUserPrefsMeUser } from './WAWebUserPrefsMeUser.ts'
import { make as WAWebUserPrefsMultiDevice } from './WAWebUserPrefsMultiDevice.ts'
import { make as WAWebWidFactory } from './WAWebWidFactory.ts'
import { make as WAWebWidToJid } from './WAWebWidToJid.ts'

/** The modules that the Lab simulates: one file each, made when first required. */
export const modules: Record<string, (page: Page) => unknown> = {
  WABase64,
  WALinkify,
  WAWebAddonPollVoteTableMode,
  WAWebAddonReactionTableMode,
  WAWebAdvSignatureApi,
  WAWebAltDeviceLinkingApi,
  WAWebApiContact,
  WAWebBackendJobsCommon,
  WAWebCallCollection,
  WAWebChatGetters,
  WAWebChatLoadMessages,
  WAWebChatStateBridge,
  WAWebCmd,
  WAWebCollections,
  WAWebCompanionRegClientUtils,
  WAWebConnModel,
  WAWebContactGetters,
  WAWebContactProfilePicThumbBridge,
  WAWebDownloadManager,
  WAWebE2EProtoUtils,
  WAWebFindChatAction,
  WAWebFrontendContactGetters,
  WAWebGetEphemeralFieldsMsgActionsUtils,
  WAWebJidToWid,
  WAWebLaunchSocketUtils,
  WAWebLidMigrationUtils,
  WAWebLinkPreviewChatAction,
  WAWebMediaDataUtils,
  WAWebMediaInMemoryBlobCache,
  WAWebMediaMmsV4Upload,
  WAWebMediaOpaqueData,
  WAWebMediaStorage,
  WAWebMiscBrowserUtils,
  WAWebMmsMediaTypes,
  WAWebMsgActionCapability,
  WAWebMsgKey,
  WAWebMsgReply,
  WAWebNonMessageDataRequestPlaceholderMessageResendUtils,
  WAWebOfflineHandler,
  WAWebPrepRawMedia,
  WAWebPresenceChatAction,
  WAWebQueryExistsJob,
  WAWebQuotedMsgModelUtils,
  WAWebSendMessageEditAction,
  WAWebSendMsgChatAction,
  WAWebSendReactionMsgAction,
  WAWebSignalStoreApi,
  WAWebSocketModel,
  WAWebStartMediaUploadQpl,
  WAWebStreamModel,
  WAWebSyncGatingUtils,
  WAWebUpdateUnreadChatAction,
  WAWebUploadManager,
  WAWebUserPrefsInfoStore,
  WAWebUserPrefsMeUser,
  WAWebUserPrefsMultiDevice,
  WAWebWidFactory,
  WAWebWidToJid,
}
