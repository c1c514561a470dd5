import { z } from 'zod'

/**
 * What can go wrong, one switch each; all off by default. They hold from the moment they are set; those about loading hold
 * for the next page load.
 */
export const Faults = z.object({
  /** The request for the page is accepted and never answered. */
  pageNeverLoads: z.boolean(),
  /** The request for the page is cut off. */
  pageReset: z.boolean(),
  /** A certificate that the browser has no reason to trust. */
  badCertificate: z.boolean(),
  /** The page loads, but never says its version: the client waits for `window.Debug.VERSION`. */
  noVersion: z.boolean(),
  /** The page loads, its WebSocket is refused, over and over. */
  refuseSocket: z.boolean(),
  /** Names of `WA*` modules that the page does not have, as after a rename. Asking for them is no mistake of the client's then. */
  missingModules: z.array(z.string()),
  /** `hasSynced` is true before any listener can be there: `ready` is lost. */
  fastSync: z.boolean(),
  /** Linked and connected, but `hasSynced` never comes. */
  neverSync: z.boolean(),
  /** `hasSynced` changes twice. */
  doubleReady: z.boolean(),
  /** `Conn.ref` is cleared before it is set anew, and after a scan: the client makes a QR of "undefined". */
  spuriousQr: z.boolean(),
  /** Messages reach their recipients, the server's acks are held until the switch is off. */
  holdAcks: z.boolean(),
  /** The server answers every send with −1. */
  rejectSends: z.boolean(),
  /** Nothing goes through an open connection, in either direction, until the switch is off. */
  stall: z.boolean(),
  /** Each incoming message is delivered to devices this many times more. */
  duplicates: z.int().min(0).max(20),
  /** Incoming messages are handed to devices in reverse order, in groups of this many. 0 = off. */
  reorder: z.int().min(0).max(50),
  /** What came while the page's connection was down is put into its collections without being announced as new. */
  silentReconnect: z.boolean(),
  /** Downloads of media answer 404. */
  mediaGone: z.boolean(),
  /** Uploads of media are refused. */
  mediaRefused: z.boolean(),
  /** Memory that the page holds, as the real one does. */
  ballastMb: z.int().min(0).max(2000),
  /** What a page that loads keeps in its local store besides, of nothing that compresses. */
  storeMb: z.int().min(0).max(500),
})
export type Faults = z.infer<typeof Faults>

export const noFaults: Faults = {
  pageNeverLoads: false,
  pageReset: false,
  badCertificate: false,
  noVersion: false,
  missingModules: [],
  refuseSocket: false,
  fastSync: false,
  neverSync: false,
  doubleReady: false,
  spuriousQr: false,
  holdAcks: false,
  rejectSends: false,
  stall: false,
  duplicates: 0,
  reorder: 0,
  silentReconnect: false,
  mediaGone: false,
  mediaRefused: false,
  ballastMb: 0,
  storeMb: 0,
}

export const Settings = z.object({
  /** How long one QR can be scanned. */
  qrTtlMs: z.int().min(50),
  /** After this many codes without a scan the page turns idle (`UNPAIRED_IDLE`). */
  qrRotations: z.int().min(1),
  /** Recipients show a message once, however often the same key comes. Counted either way. */
  recipientsDropDuplicates: z.boolean(),
  /** Contacts read at once what they get. */
  autoRead: z.boolean(),
  /** A number that nobody created becomes a contact when it is written to. */
  autoCreateContacts: z.boolean(),
})
export type Settings = z.infer<typeof Settings>

/** WhatsApp's own: the first code lives for 60 s, later ones for 20 s; six codes in all. We keep one length. */
export const defaultSettings: Settings = {
  qrTtlMs: 20_000,
  qrRotations: 6,
  recipientsDropDuplicates: true,
  autoRead: false,
  autoCreateContacts: false,
}

/** What happened that nobody sees in a message. */
export type Counters = {
  duplicatesSent: number
  sends: number
  refusedSockets: number
  pageLoads: number
  connections: number
}
export const noCounters: Counters = { duplicatesSent: 0, sends: 0, refusedSockets: 0, pageLoads: 0, connections: 0 }
