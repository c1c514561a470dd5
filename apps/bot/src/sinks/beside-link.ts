import { LINK_PATH } from '@zaptria/contract'

/** The way to our control plane. */
export type Access = { linkUrl: string; token: string; tenantId: string }

/** HTTP beside the link: at the link's own address, whatever it is below. */
export const besideLink = (linkUrl: string, path: string): URL => {
  const url = new URL(linkUrl.replace(/^ws/, 'http'))
  url.pathname = url.pathname.endsWith(LINK_PATH) ? `${url.pathname.slice(0, -LINK_PATH.length)}${path}` : path
  return url
}

/** As the link's handshake carries them. */
export const credentials = ({ token, tenantId }: Pick<Access, 'token' | 'tenantId'>): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  'x-tenant-id': tenantId,
})
